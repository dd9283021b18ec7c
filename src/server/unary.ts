/** @module Methods of a service by protobuf's own runtime. Loaded by the first call that needs one. */
import {
  create,
  type DescMethodUnary,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { Method } from "../lib/grpc/router.ts";
import { GrpcError, STATUS } from "../lib/grpc/status.ts";

type Handler<M> =
  M extends DescMethodUnary<infer I, infer O>
    ? (request: MessageShape<I>) => MessageInitShape<O> | Promise<MessageInitShape<O>>
    : never;

/** A function for each unary method of a service, by its name in TypeScript; it may throw {@link GrpcError}. */
export type UnaryHandlers<S extends DescService> = {
  readonly [Name in keyof S["method"] as S["method"][Name] extends DescMethodUnary ? Name : never]: Handler<
    S["method"][Name]
  >;
};

/** The unary methods of a service, by their paths. */
export function unaryMethods<S extends DescService>(
  service: S,
  handlers: UnaryHandlers<S>,
): [path: string, method: Method][] {
  const byName = handlers as unknown as Readonly<Record<string, ((request: never) => never) | undefined>>;
  return service.methods.flatMap((method): [string, Method][] => {
    const handler = byName[method.localName];
    if (handler === undefined) return [];
    return [
      [
        `/${service.typeName}/${method.name}`,
        {
          kind: "unary",
          async handle(bytes) {
            const request = decodeRequest(() => fromBinary(method.input, bytes));
            return toBinary(method.output, create(method.output, await handler(request as never)));
          },
        },
      ],
    ];
  });
}

/** @throws GrpcError `INVALID_ARGUMENT` for what is no such message. */
export function decodeRequest<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new GrpcError(STATUS.invalidArgument, `Cannot read the request: ${String(error)}`);
  }
}
