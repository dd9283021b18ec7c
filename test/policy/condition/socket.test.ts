import { expect, test } from "bun:test";
import fc from "fast-check";
import type { HeldRegister } from "../../../src/kernel/asm/index.ts";
import { compileOperand, type SocketLocation } from "../../../src/policy/condition/index.ts";
import type { Network, Operand } from "../../../src/policy/policy.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { holdsForSocket, type SocketValue } from "./evaluate.ts";
import { LoadedCondition } from "./run.ts";

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const RUNS = 60;
const FIELDS = ["SPort", "DPort", "Protocol", "Family", "State"] as const;

function locationIn(base: HeldRegister): SocketLocation {
  const field = (offset: number) => ({ base, offset, size: 2 }) as const;
  return {
    family: field(0),
    protocol: field(2),
    sourcePort: field(4),
    destinationPort: field(6),
    state: field(8),
    source: { base, offset: 16 },
    destination: { base, offset: 32 },
  };
}

function inputOf(socket: SocketValue): Uint8Array {
  // What an IPv4 address leaves free must not count.
  const input = new Uint8Array(48).fill(0xff);
  const { family, protocol, sourcePort, destinationPort, state } = socket;
  new Uint16Array(input.buffer).set([family, protocol, sourcePort, destinationPort, state]);
  input.set(socket.source, 16);
  input.set(socket.destination, 32);
  return input;
}

const condition = (operand: Operand) =>
  new LoadedCondition((context, input, failed) => {
    compileOperand(context, operand, [{ socket: locationIn(input) }], failed);
  });

/** Few different bytes, so that addresses are in each other's networks. */
const address = (length: 4 | 16) =>
  fc.oneof(
    fc.array(fc.constantFrom(0, 1, 10, 127, 128, 255), { minLength: length, maxLength: length }),
    fc.constant(length === 4 ? [127, 0, 0, 1] : [...Array(10).fill(0), 255, 255, 127, 0, 0, 1]),
    fc.constant(length === 4 ? [0, 0, 0, 0] : Array(16).fill(0)),
  );
const network: fc.Arbitrary<Network> = fc
  .constantFrom(4 as const, 16 as const)
  .chain((length) =>
    fc
      .tuple(address(length), fc.oneof(fc.integer({ min: 0, max: length * 8 }), fc.constant(length * 8)))
      .map(([bytes, bits]) => ({ address: Uint8Array.from(bytes), bits })),
  );
const socket: fc.Arbitrary<SocketValue> = fc.constantFrom(AF_UNIX, AF_INET, AF_INET6).chain((family) => {
  const bytes =
    family === AF_INET ? address(4) : family === AF_INET6 ? address(16) : fc.constant<number[]>([]);
  const small = fc.integer({ min: 0, max: 20 });
  const port = fc.oneof(small, fc.integer({ min: 0, max: 65_535 }), fc.constantFrom(1023, 1024, 65_535));
  return fc.record({
    family: fc.constant(family),
    protocol: small,
    state: small,
    sourcePort: port,
    destinationPort: port,
    source: bytes.map((list) => Uint8Array.from(list)),
    destination: bytes.map((list) => Uint8Array.from(list)),
  });
});

/** An address in the network, its neighbours, and what is mapped from it. */
function near({ address: bytes, bits }: Network, like: SocketValue): SocketValue[] {
  const last = bytes.slice();
  for (let bit = bits; bit < bytes.length * 8; bit++) last[bit >> 3]! |= 0x80 >> (bit & 7);
  const after = last.slice();
  for (let at = after.length - 1; at >= 0; at--) {
    after[at] = (after[at]! + 1) & 0xff;
    if (after[at] !== 0) break;
  }
  return [bytes, last, after]
    .flatMap((one) =>
      one.length === 16 ? [one] : [one, Uint8Array.of(...Array(10).fill(0), 255, 255, ...one)],
    )
    .map((one) => ({
      ...like,
      family: one.length === 4 ? AF_INET : AF_INET6,
      source: one,
      destination: one.toReversed(),
    }));
}

describeWithBpf("Conditions on sockets", () => {
  test("SAddr and DAddr hold inside the networks, their negations outside of those of the family", () => {
    const operand = fc.record({
      operator: fc.constantFrom("SAddr" as const, "DAddr" as const),
      isNegated: fc.boolean(),
      networks: fc.array(network, { minLength: 1, maxLength: 10 }),
    });
    fc.assert(
      fc.property(operand, fc.array(socket, { minLength: 5, maxLength: 20 }), (one, sockets) => {
        using compiled = condition(one);
        for (const value of [...sockets, ...one.networks.flatMap((item) => near(item, sockets[0]!))]) {
          expect([value, compiled.holds(inputOf(value))]).toEqual([value, holdsForSocket(one, value)]);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test("DAddr holds with thousands of networks of both families", () => {
    const networks = Array.from({ length: 5000 }, (_, index): Network => {
      const bytes = [index % 251, (index * 7) % 256, (index * 31) % 256, index % 256];
      if (index % 2 === 0) return { address: Uint8Array.from(bytes), bits: 20 + (index % 13) };
      const long = Uint8Array.of(0x20, 1, ...bytes, ...bytes, ...bytes, 0, 1);
      return { address: long, bits: 48 + (index % 81) };
    });
    const like: SocketValue = {
      family: AF_INET,
      protocol: 6,
      state: 1,
      sourcePort: 1,
      destinationPort: 2,
      source: new Uint8Array(4),
      destination: new Uint8Array(4),
    };
    for (const isNegated of [false, true]) {
      const operand = { operator: "SAddr", isNegated, networks } as const;
      using compiled = condition(operand);
      for (const one of networks.filter((_, index) => index % 97 === 0)) {
        for (const value of near(one, like)) {
          expect([value, compiled.holds(inputOf(value))]).toEqual([value, holdsForSocket(operand, value)]);
        }
      }
    }
  });

  test(`${FIELDS.join(", ")} hold inside the ranges`, () => {
    const operand = fc.tuple(
      fc.constantFrom(...FIELDS),
      fc.boolean(),
      fc.array(fc.tuple(fc.nat(30), fc.oneof(fc.nat(5), fc.nat(65_535))), { minLength: 1, maxLength: 8 }),
    );
    fc.assert(
      fc.property(
        operand,
        fc.array(socket, { minLength: 20, maxLength: 20 }),
        ([operator, isNegated, list], all) => {
          const ranges = list.map(([first, size]) => ({ first: BigInt(first), last: BigInt(first + size) }));
          const one: Operand = { operator, isNegated, ranges };
          using compiled = condition(one);
          for (const value of all)
            expect([value, compiled.holds(inputOf(value))]).toEqual([value, holdsForSocket(one, value)]);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
