/** Where the hosts' ends of guest channels are: node-local, and gone with a boot. */
export const guestFolder = "/run/haven/guest";
