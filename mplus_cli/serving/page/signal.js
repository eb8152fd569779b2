/** A value that others listen to. */
export class Signal {
  #listeners = [];
  #value;

  constructor(value) {
    this.#value = value;
  }

  get value() {
    return this.#value;
  }

  set value(value) {
    this.#value = value;
    for (const listener of this.#listeners) listener(value);
  }

  /** Call a function with the value, now and whenever it is set. */
  listen(listener) {
    this.#listeners.push(listener);
    listener(this.#value);
  }
}
