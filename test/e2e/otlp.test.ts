/** The executable and receivers of OTLP. */
import { afterEach, expect, test } from "bun:test";
import { Receiver } from "../exporter/otlp/receiver.ts";
import { cleanUp, EVENTS, onEnd, runTetrad } from "./harness.ts";

afterEach(cleanUp);

test("OpenTelemetry's variables reach the program: an endpoint among them has events sent there", async () => {
  const receiver = new Receiver();
  onEnd(() => receiver[Symbol.asyncDispose]());
  const { code } = await runTetrad(["--event-source=stdin"], {
    input: `${EVENTS.join("\n")}\n`,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Basic%20dXNlcjpwYTpz%3D%3D",
      OTEL_SERVICE_NAME: "guard",
    },
  });
  expect(code).toBe(0);
  const [first, ...others] = receiver.bodies;
  expect(JSON.parse(first!).event).toBe("agent_init");
  expect(others).toEqual([...EVENTS]);
  const [{ headers, resource }] = receiver.requests as [Receiver["requests"][0]];
  expect(headers.get("authorization")).toBe("Basic dXNlcjpwYTpz==");
  expect(resource["service.name"]).toBe("guard");
});
