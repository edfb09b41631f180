/**
 * The parameter of a VM's resource whose change has Pacemaker restart the VM: the agent's metadata do not have it as
 * reloadable. It stays there, and must be kept by whoever writes the others: without it the VM would be restarted again.
 */
export const restartParameter = "restart";
