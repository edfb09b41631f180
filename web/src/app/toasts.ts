export interface Toast {
  readonly id: number;
  readonly variant: "info" | "success" | "danger";
  readonly title: string;
  readonly text?: string;
}

export type ToastWords = Omit<Toast, "id">;

const successMs = 8000;
const most = 6;

/** What is said about work that was begun. What failed stays until it is closed. */
export class Toasts {
  #list: readonly Toast[] = [];
  #last = 0;
  readonly #listeners = new Set<() => void>();

  readonly list = (): readonly Toast[] => this.#list;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** @returns the id to say something else under later */
  show(words: ToastWords, id: number = ++this.#last): number {
    const others = this.#list.filter((one) => one.id !== id);
    this.#set([...others, { ...words, id }].slice(-most));
    if (words.variant === "success") setTimeout(() => this.close(id), successMs);
    return id;
  }

  close(id: number): void {
    this.#set(this.#list.filter((one) => one.id !== id));
  }

  #set(list: readonly Toast[]): void {
    this.#list = list;
    for (const listener of [...this.#listeners]) listener();
  }
}
