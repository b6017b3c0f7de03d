/** How the hub calls this wire. */
export const face = 'whale'
