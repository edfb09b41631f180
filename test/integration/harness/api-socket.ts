/** One side of a WebSocket of the API, as a script has it. */
export class ApiSocket {
  text = "";
  readonly said: string[] = [];
  close: CloseEvent | undefined;

  private constructor(readonly socket: WebSocket) {
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.said.push(data);
      else this.text += Buffer.from(data as ArrayBuffer).toString();
    };
    socket.onclose = (event) => {
      this.close = event;
    };
  }

  /** @param ca PEM, of the cluster's authority */
  static async open(url: string, token: string, ca: string): Promise<ApiSocket> {
    const headers = { authorization: `Bearer ${token}` };
    const opened = new ApiSocket(new WebSocket(url, { headers, tls: { ca } } as Bun.WebSocketOptions));
    await new Promise((resolve, reject) => {
      opened.socket.onopen = resolve;
      opened.socket.onerror = reject;
    });
    return opened;
  }
}
