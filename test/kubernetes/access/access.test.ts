import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inClusterAccess } from "../../../src/kubernetes/access/in-cluster.ts";
import { findAccess } from "../../../src/kubernetes/access/index.ts";
import { ApiClient, ApiError } from "../../../src/kubernetes/index.ts";
import { FakeApiServer } from "../api-server.ts";

/** Of nobody, for a day long ago. */
const CERT = `-----BEGIN CERTIFICATE-----
MIIBdjCCAR2gAwIBAgIUEOrkKCzWuf0n6kPSvwfusdJEeBkwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGbm9ib2R5MB4XDTI2MTEzMDIyMDM1NloXDTI2MTIwMTIyMDM1
NlowETEPMA0GA1UEAwwGbm9ib2R5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
S0ikgp6Xx844uB86gJihz2e7XemN32hlmwl2UCdLaQMZANAakwEC1rDbWtIMU6T7
rz7QLT73Pdv5tX47zvhqIaNTMFEwHQYDVR0OBBYEFJcOFKmtHQNGAeR0ktak3dxK
xlK4MB8GA1UdIwQYMBaAFJcOFKmtHQNGAeR0ktak3dxKxlK4MA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgZmU4J6D8U+58w84gYz9mv4Noqj3xupKC
Nm135G2rvSsCIF4A8a1NV1H71jwr7JZ+F33AlOl9AHI0TXfST2lGT8Db
-----END CERTIFICATE-----
`;

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

function temporary(): string {
  // Nobody else may write what says who the agent is, nor where that stands.
  const directory = mkdtempSync(join(process.getuid?.() === 0 ? "/root" : tmpdir(), "tetrad-test-"));
  directories.push(directory);
  return directory;
}

function write(text: string): string {
  const path = join(temporary(), "config");
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const kubeconfig = (user: object, cluster: object = { server: "https://10.0.0.1:6443/" }): string =>
  write(
    JSON.stringify({
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "k", user: "u", namespace: "kube-system" } }],
      clusters: [{ name: "k", cluster }],
      users: [{ name: "u", user }],
    }),
  );

describe.if(process.getuid?.() === 0)("readKubeconfig()", () => {
  const read = (path: string) => findAccess({ kubeconfig: path, environment: {} });

  test.each([
    ["no base64", "!!!", "no PEM"],
    ["base64 of something else", btoa("hello"), "no PEM"],
    [
      "a key",
      btoa("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"),
      "PEM of something else",
    ],
    [
      "a frame alone",
      btoa("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
      "no certificate",
    ],
  ])("says which field is no certificate: %s", async (_, data, problem) => {
    const authority = { server: "https://10.0.0.1:6443/", "certificate-authority-data": data };
    await expect(read(kubeconfig({ token: "t" }, authority))).rejects.toThrow(
      `cluster "k" has "certificate-authority-data" that is ${problem}`,
    );
    const user = { "client-certificate-data": data, "client-key": "key.pem" };
    await expect(read(kubeconfig(user))).rejects.toThrow(
      `user "u" has "client-certificate-data" that is ${problem}`,
    );
  });

  test("a file that is no certificate is named when it is used", async () => {
    const path = kubeconfig(
      { token: "t" },
      { server: "https://10.0.0.1:6443/", "certificate-authority": "ca" },
    );
    writeFileSync(join(path, "../ca"), "hello");
    const client = new ApiClient(await read(path));
    await expect(client.request({ path: "/version" })).rejects.toThrow(
      `Cannot use "${join(path, "../ca")}" as a certificate: expected PEM`,
    );
  });

  test("takes the current context: server, authority, client certificate, namespace", async () => {
    const path = kubeconfig(
      { "client-certificate-data": btoa(CERT), "client-key": "key.pem" },
      {
        server: "https://10.0.0.1:6443/",
        "certificate-authority-data": btoa(CERT),
        "tls-server-name": "kube",
      },
    );
    expect(await read(path)).toEqual({
      server: "https://10.0.0.1:6443",
      ca: { text: CERT },
      serverName: "kube",
      skipsVerification: false,
      credentials: { cert: { text: CERT }, key: { file: join(path, "../key.pem") } },
      namespace: "kube-system",
      origin: `the kubeconfig ${path}`,
    });
  });

  const refusals: readonly [string, () => string, string][] = [
    [
      "a program for credentials",
      () => kubeconfig({ exec: { command: "aws" } }),
      'user "u" has "exec", which wants a program to be run for credentials',
    ],
    [
      "an auth-provider",
      () => kubeconfig({ "auth-provider": { name: "gcp" } }),
      'user "u" has "auth-provider"',
    ],
    ["a certificate without its key", () => kubeconfig({ "client-certificate": "c" }), "expected both"],
    [
      "a server that is no URL",
      () => kubeconfig({}, { server: "10.0.0.1" }),
      'cluster "k" has server "10.0.0.1", expected https://HOST:PORT',
    ],
    ["no current context", () => write("apiVersion: v1"), 'it has no "current-context"'],
    ["a token that is a list", () => kubeconfig({ token: [] }), 'user "u": token is Array'],
    ["no YAML", () => write("a: [b"), "Cannot use kubeconfig"],
  ];
  for (const [title, path, message] of refusals) {
    test(`refuses ${title}`, async () => {
      const error = await read(path()).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: "config", message: expect.stringContaining(message) as string });
    });
  }
});

test("inClusterAccess() goes by the environment and the mounted service account", () => {
  const serviceAccount = temporary();
  const environment = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
  expect(() => inClusterAccess({ environment, serviceAccount })).toThrow(
    "is automountServiceAccountToken false?",
  );
  for (const name of ["token", "ca.crt", "namespace"]) writeFileSync(join(serviceAccount, name), `${name}\n`);
  expect(inClusterAccess({ environment, serviceAccount })).toMatchObject({
    server: "https://[fd00::1]:443",
    namespace: "namespace",
  });
  expect(() => inClusterAccess({ environment: {} })).toThrow("this is not a pod");
});

test("ApiClient reads the token again for each request, makes and changes objects, and says what was refused", async () => {
  await using server = await new FakeApiServer().start();
  const token = join(temporary(), "token");
  writeFileSync(token, "one\n");
  const client = new ApiClient({
    server: server.url,
    skipsVerification: false,
    credentials: { token: { file: token } },
    namespace: "default",
    origin: "a test",
  });
  const path = "/apis/events.k8s.io/v1/namespaces/default/events";
  await client.create(path, { metadata: { name: "e" }, note: "begun" });
  writeFileSync(token, "two");
  await client.patch(`${path}/e`, { note: "done" }, "application/merge-patch+json");
  expect(server.get("/apis/events.k8s.io/v1/events", "e", "default")?.note).toBe("done");
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer one", "Bearer two"]);
  const error = await client.create(path, { metadata: { name: "e" } }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ kind: "status", status: 409, reason: "AlreadyExists" });
  rmSync(token);
  const unread = await client.request({ path }).catch((caught: unknown) => caught);
  expect(unread).toMatchObject({ kind: "access" });
  await server.stop();
  writeFileSync(token, "three");
  const gone = await client.request({ path }).catch((caught: unknown) => caught);
  expect(gone).toMatchObject({ kind: "unreachable" });
});
