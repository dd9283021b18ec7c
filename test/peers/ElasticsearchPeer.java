import java.util.*;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.node.*;
import org.elasticsearch.plugins.Plugin;

/** One Elasticsearch 7.17 node without what Elastic's distribution adds: DATA_DIR HTTP_PORT. */
public class ElasticsearchPeer extends Node {
  ElasticsearchPeer(Settings s, Collection<Class<? extends Plugin>> p) {
    super(InternalSettingsPreparer.prepareEnvironment(s, Map.of(), null, () -> "peer"), p, false);
  }
  public static void main(String[] a) throws Exception {
    Settings s = Settings.builder().put("path.home", a[0]).put("cluster.name", "peer").put("discovery.type", "single-node")
      .put("http.port", a[1]).put("http.host", "127.0.0.1").put("transport.host", "127.0.0.1").put("transport.port", "0")
      .put("http.type", "netty4").put("transport.type", "netty4").build();
    ElasticsearchPeer n = new ElasticsearchPeer(s, List.of(
      org.elasticsearch.transport.Netty4Plugin.class, org.elasticsearch.index.mapper.MapperExtrasPlugin.class));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> { try { n.close(); } catch (Exception e) { } }));
    n.start();
    Thread.currentThread().join();
  }
}
