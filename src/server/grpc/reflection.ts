/** @module Server reflection, v1 and v1alpha: how tools that know nothing of the API learn its messages. */
import {
  create,
  type DescFile,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import * as v1 from "../../encoding/protobuf/generated/grpc/reflection/v1/reflection_pb.ts";
import * as v1alpha from "../../encoding/protobuf/generated/grpc/reflection/v1alpha/reflection_pb.ts";
import type { Method } from "../../lib/grpc/router.ts";
import { STATUS } from "../../lib/grpc/status.ts";
import { decodeRequest } from "../unary.ts";

/** Both versions have the same messages, under different names. */
type Request = MessageShape<typeof v1.ServerReflectionRequestSchema>;
type Response = MessageInitShape<typeof v1.ServerReflectionResponseSchema>;
type Answer = NonNullable<Response["messageResponse"]>;

const VERSIONS = [v1, v1alpha as unknown as typeof v1];

/** The methods, by their paths. @param services Those of the server but reflection itself. */
export function reflectionMethods(services: readonly DescService[]): [path: string, method: Method][] {
  const all = [...services, ...VERSIONS.map(({ ServerReflection }) => ServerReflection)];
  const index = new Index(all);
  return VERSIONS.map(
    ({ ServerReflection, ServerReflectionRequestSchema, ServerReflectionResponseSchema }) => [
      `/${ServerReflection.typeName}/${ServerReflection.method.serverReflectionInfo.name}`,
      {
        kind: "dialogue",
        handle(bytes) {
          const originalRequest = decodeRequest(() => fromBinary(ServerReflectionRequestSchema, bytes));
          const messageResponse = index.answer(originalRequest);
          const { host: validHost } = originalRequest;
          const response: Response = { validHost, originalRequest, messageResponse };
          return toBinary(ServerReflectionResponseSchema, create(ServerReflectionResponseSchema, response));
        },
      },
    ],
  );
}

/** Files of the services, by what is asked for. */
class Index {
  readonly #services: readonly DescService[];
  readonly #files = new Map<string, DescFile>();
  /** By the full names of services, methods, messages, enums and fields. */
  readonly #symbols = new Map<string, DescFile>();

  constructor(services: readonly DescService[]) {
    this.#services = services;
    for (const { file } of services) this.#addFile(file);
  }

  answer({ messageRequest }: Request): Answer {
    switch (messageRequest.case) {
      case "listServices": {
        const service = this.#services.map(({ typeName }) => ({ name: typeName }));
        return { case: "listServicesResponse", value: { service } };
      }
      case "fileByFilename":
        return descriptorOf(this.#files.get(messageRequest.value), messageRequest.value);
      case "fileContainingSymbol":
        return descriptorOf(this.#symbols.get(messageRequest.value), messageRequest.value);
      case "allExtensionNumbersOfType":
        // The API has no extensions.
        return { case: "allExtensionNumbersResponse", value: { baseTypeName: messageRequest.value } };
      case "fileContainingExtension":
        return notFound(messageRequest.value.containingType);
      default:
        return errorOf(STATUS.invalidArgument, "There is no such request");
    }
  }

  #addFile(file: DescFile): void {
    const name = `${file.name}.proto`;
    if (this.#files.has(name)) return;
    this.#files.set(name, file);
    for (const dependency of file.dependencies) this.#addFile(dependency);
    for (const service of file.services) {
      this.#symbols.set(service.typeName, file);
      for (const method of service.methods) this.#symbols.set(`${service.typeName}.${method.name}`, file);
    }
    for (const { typeName } of file.enums) this.#symbols.set(typeName, file);
    for (const message of file.messages) this.#addMessage(message, file);
  }

  #addMessage(
    { typeName, fields, nestedMessages, nestedEnums }: DescFile["messages"][number],
    file: DescFile,
  ): void {
    this.#symbols.set(typeName, file);
    for (const field of fields) this.#symbols.set(`${typeName}.${field.name}`, file);
    for (const nested of nestedEnums) this.#symbols.set(nested.typeName, file);
    for (const nested of nestedMessages) this.#addMessage(nested, file);
  }
}

function descriptorOf(file: DescFile | undefined, name: string): Answer {
  if (file === undefined) return notFound(name);
  const fileDescriptorProto = [toBinary(FileDescriptorProtoSchema, file.proto)];
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function notFound(name: string): Answer {
  return errorOf(STATUS.notFound, `There is no "${name}"`);
}

function errorOf(errorCode: number, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
