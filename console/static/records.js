// What an agent has recorded and the service has not stored yet: kept by its call, the latest word of each, until it is
// stored or he throws it away. Nothing that somebody typed goes without his doing. Knows no page; `on` draws the list.
export const AGAIN_MS = 2000;

// Each kept record: what is `given` to the service, whose call it was, and how it stands:
// "storing" now, tried "again" by itself, or for the person to decide: "refused", or "typed" and never recorded.
export class Records {
  constructor(send, drawn) {
    this.kept = new Map();
    this.send = send;
    this.drawn = drawn;
  }

  of(state) { return [...this.kept.values()].filter((one) => one.state === state); }
  forget(id) { this.kept.delete(id); this.drawn(); }
  isStoring(id) { return this.kept.get(id)?.state === "storing"; }

  // Keeps what was typed about a call that went with a restart, and was never recorded.
  typed(given, of) {
    if (!this.kept.has(given.attempt_id)) this.set(given, of, "typed", "You had not recorded it");
  }

  async record(given, of) {
    const before = this.kept.get(given.attempt_id);
    const one = this.set(given, of, "storing", before?.why ?? "");
    try {
      await this.send(given);
      if (this.kept.get(given.attempt_id) === one) this.forget(given.attempt_id);
    } catch (problem) {
      if (this.kept.get(given.attempt_id) !== one) return; // he has recorded something else meanwhile
      if (problem.passes) {
        this.set(given, of, "again", problem.title);
        setTimeout(() => this.again(given), AGAIN_MS);
      } else if (before) {
        this.set(given, of, "refused", problem.message); // it may be on no form any more: it stays here
      } else {
        this.forget(given.attempt_id); // refused at once: the form has it still
        throw problem;
      }
    }
  }

  again(given) {
    const one = this.kept.get(given.attempt_id);
    if (one?.given === given) this.record(given, one.of);
  }

  set(given, of, state, why) {
    const one = { given, of, state, why };
    this.kept.set(given.attempt_id, one);
    this.drawn();
    return one;
  }
}
