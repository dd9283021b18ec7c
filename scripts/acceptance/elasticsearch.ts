/** @module Into a real server: kills of the agent and of the server, with rollovers between; each event exactly once. */
import { testFile } from "./acceptance.ts";

const {
  TETRAD_TEST_EVENTS: events = "1000000",
  TETRAD_TEST_KILLS: kills = "300",
  TETRAD_TEST_SERVER_KILLS: serverKills = "20",
  TETRAD_TEST_SERVER: server = "opensearch",
} = process.env;

export const elasticsearch = testFile(
  {
    name: "elasticsearch",
    summary:
      "kill -9 of agent and OpenSearch at random, rollovers between: each event is in the index exactly once",
    description: `Starts OpenSearch by test/peers/opensearch (mvn, javac and java 17; the first time it fetches 340 MB), and runs
test/e2e/elasticsearch-server.test.ts: ${events} events from a file, ${kills} kills of the agent and ${serverKills} of the server.
The environment has other numbers: TETRAD_TEST_EVENTS, TETRAD_TEST_KILLS, TETRAD_TEST_SERVER_KILLS; and with
TETRAD_TEST_SERVER=elasticsearch another server. Takes an hour or two.`,
  },
  {
    file: "test/e2e/elasticsearch-server.test.ts",
    env: {
      TETRAD_TEST_SERVER: server,
      TETRAD_TEST_EVENTS: events,
      TETRAD_TEST_KILLS: kills,
      TETRAD_TEST_SERVER_KILLS: serverKills,
    },
    prepare() {
      for (const command of ["mvn", "javac", "java"])
        if (Bun.which(command) === null) throw new Error(`Cannot start OpenSearch: there is no ${command}`);
    },
  },
);
