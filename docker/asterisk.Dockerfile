# Asterisk for the dialer: Debian's package and nothing else. The configuration is not in the image; it is made
# per installation (with its secrets) in a directory that is mounted at /srv/instance.
# Build from the top of the checkout: docker build -f docker/asterisk.Dockerfile .
FROM debian:forky-slim

COPY docker/packages.txt /usr/share/dialer/packages.txt
RUN apt-get update \
 && sed 's/#.*//' /usr/share/dialer/packages.txt \
    | DEBIAN_FRONTEND=noninteractive xargs apt-get install --yes --no-install-recommends \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o 1000 -g 1000 /srv/instance

USER 1000:1000
VOLUME /srv/instance
ENTRYPOINT ["asterisk"]
CMD ["-C", "/srv/instance/etc/asterisk.conf", "-f"]
