/**
 * What partners hear where an operator ended a request in a supplier's place. It is the same whatever the operator's reason
 * was: that one is a note among operators, and stands in the audit alone.
 */
export const givenUpWords = '通道无结果，人工确认未办理'
