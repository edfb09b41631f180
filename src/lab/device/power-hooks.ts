/** What a device needs to know of and do to the servers that it switches. All are called by host name. */
export interface PowerHooks {
  /** Takes the power away: the server is dead when the promise resolves. */
  powerOff(host: string): Promise<void>;
  /** Gives it power: it boots; resolves when the boot has begun. */
  powerOn(host: string): Promise<void>;
  /** The power button: the server shuts down cleanly, or ignores it. Without it nothing answers the button. */
  softOff?(host: string): Promise<void>;
  /** Whether the server has power now. */
  isOn(host: string): boolean | Promise<boolean>;
}
