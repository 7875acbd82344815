# Asterisk for the dialer: Debian's package and nothing else. The configuration is not in the image; it is made
# per installation (with its secrets) in a directory that is mounted at /srv/instance.
# Build: docker build --network host -f docker/asterisk.Dockerfile docker
FROM debian:forky-slim

COPY packages.txt /usr/share/dialer/packages.txt
RUN apt-get update \
 && sed 's/#.*//' /usr/share/dialer/packages.txt \
    | DEBIAN_FRONTEND=noninteractive xargs apt-get install --yes --no-install-recommends \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o 1000 -g 1000 /srv/instance

USER 1000:1000
VOLUME /srv/instance
# Asterisk needs more open files than many engines give to begin with; they let a program raise that by itself. It
# goes before ordinary work where the container is granted rtprio 10; -p then keeps that from the scripts it starts.
ENTRYPOINT ["sh", "-c", "ulimit -S -n 32768 2>/dev/null || ulimit -S -n $(ulimit -H -n); chrt --rr --pid 10 $$ >/dev/null 2>&1; exec asterisk \"$@\"", "sh"]
CMD ["-C", "/srv/instance/etc/asterisk.conf", "-f", "-p"]
