import { createCipheriv } from 'node:crypto'

/** A secret permutation of the integers from 0 to radix^width − 1. */
export type Permutation = { forward: (value: bigint) => bigint; backward: (value: bigint) => bigint }

const rounds = 10
const blockBytes = 16

/**
 * FF1 of NIST SP 800-38G with an empty tweak, over integers instead of digit strings: the digits of `value` in base
 * `radix`, padded with zeros to `width`, are the standard's numeral string. The AES key has 16, 24 or 32 bytes.
 *
 * Written here because a code is computed for each coupon issued and each one redeemed: with AES from node:crypto and
 * without digit arrays this is several times as fast as a general implementation. Halves of radix^width may have up to
 * 12 bytes, which makes each round exactly one AES block.
 */
export function createPermutation(radix: number, width: number, key: Buffer): Permutation {
  const leftWidth = Math.floor(width / 2)
  const rightWidth = width - leftWidth
  const leftSize = BigInt(radix) ** BigInt(leftWidth)
  const rightSize = BigInt(radix) ** BigInt(rightWidth)
  const scramble = createRoundFunction({ radix, width, leftWidth, rightSize, key })
  const sizeInRound = (round: number): bigint => (round % 2 === 0 ? leftSize : rightSize)
  return {
    forward: (value) => {
      let left = value / rightSize
      let right = value % rightSize
      for (let round = 0; round < rounds; round++) {
        const mixed = (left + scramble(round, right)) % sizeInRound(round)
        left = right
        right = mixed
      }
      return left * rightSize + right
    },
    backward: (value) => {
      let left = value / rightSize
      let right = value % rightSize
      for (let round = rounds - 1; round >= 0; round--) {
        const size = sizeInRound(round)
        const mixed = (right - (scramble(round, left) % size) + size) % size
        right = left
        left = mixed
      }
      return left * rightSize + right
    },
  }
}

type RoundShape = { radix: number; width: number; leftWidth: number; rightSize: bigint; key: Buffer }

// Steps 6i to 6iv. The standard's CBC-MAC runs over P, which never changes, and one block Q = 0… | round | half. So the
// encrypted P is computed once, already joined with each round's number, and a round costs one block.
function createRoundFunction({
  radix,
  width,
  leftWidth,
  rightSize,
  key,
}: RoundShape): (round: number, half: bigint) => bigint {
  const halfBytes = bytesOf(rightSize - 1n)
  const outputBytes = 4 * Math.ceil(halfBytes / 4) + 4
  if (outputBytes > blockBytes) throw new Error(`FF1 of ${width} characters of ${radix} needs halves of over 12 bytes.`)
  const encryptBlock = createBlockCipher(key)
  const start = encryptBlock(fixedBlock(radix, width, leftWidth))
  const starts = Array.from({ length: rounds }, (_, round) => start ^ (BigInt(round) << BigInt(8 * halfBytes)))
  const unused = BigInt(8 * (blockBytes - outputBytes))
  return (round, half) => encryptBlock(starts[round]! ^ half) >> unused
}

// Step 5, P = 1 | 2 | 1 | radix (3 bytes) | 10 | left width mod 256 | width (4) | tweak length (4), here of a tweak of 0.
function fixedBlock(radix: number, width: number, leftWidth: number): bigint {
  const block = Buffer.alloc(blockBytes)
  block.set([1, 2, 1])
  block.writeUIntBE(radix, 3, 3)
  block.set([rounds, leftWidth % 256], 6)
  block.writeUInt32BE(width, 8)
  return block.readBigUInt64BE(0) * 2n ** 64n + block.readBigUInt64BE(8)
}

// One cipher object serves for ever: in ECB mode without padding a block leaves no state behind for the next.
function createBlockCipher(key: Buffer): (block: bigint) => bigint {
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false)
  const input = Buffer.alloc(blockBytes)
  return (block) => {
    input.writeBigUInt64BE(block >> 64n, 0)
    input.writeBigUInt64BE(BigInt.asUintN(64, block), 8)
    const output = cipher.update(input)
    return (output.readBigUInt64BE(0) << 64n) | output.readBigUInt64BE(8)
  }
}

const bytesOf = (value: bigint): number => Math.ceil(value.toString(16).length / 2)
