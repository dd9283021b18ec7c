/** @module The cluster that this node is one of, for the parts that ask its API server. */
import { ApiClient, findAccess } from "../kubernetes/index.ts";
import { BUILD_INFO } from "../metadata/build-info.ts";
import type { Cluster } from "../source/source.ts";
import type { OptionValues } from "./option-table.ts";

/** Finds the API server; asks it nothing yet. @throws TetradError `config` when it is not to be found. */
export async function openCluster(values: OptionValues): Promise<Cluster> {
  const access = await findAccess({
    kubeconfig: values["k8s-kubeconfig-path"],
    environment: process.env,
  });
  return { client: new ApiClient(access, `tetrad/${BUILD_INFO.version}`) };
}
