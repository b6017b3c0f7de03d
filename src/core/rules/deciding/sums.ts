/** How many pieces, and what they are worth. */
export type Sums = { qty: number; amountFen: number }
