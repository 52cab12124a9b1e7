package org.ijepa.node;

import akka.actor.Address;
import akka.remote.artery.tcp.ssl.RotatingKeysSSLEngineProvider;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.ijepa.coordinator.Leadership;
import org.ijepa.settings.ClusterSecurity;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.settings.ClusterSettings.Role;
import org.ijepa.settings.ListenSettings;

/** The settings of a node's cluster in Akka's terms. */
final class ClusterConfig {
  private ClusterConfig() {}

  static Config of(ClusterSettings cluster) {
    List<String> roles =
        new ArrayList<>(
            cluster.roles().stream().map(role -> role.name().toLowerCase(Locale.ROOT)).toList());
    if (cluster.roles().contains(Role.COORDINATOR) || cluster.roles().contains(Role.TRAINER)) {
      roles.add(Leadership.VOTER);
    }
    return ConfigFactory.parseMap(
            Map.of(
                "akka.remote.artery.canonical.hostname",
                cluster.host(),
                "akka.remote.artery.canonical.port",
                cluster.port(),
                "akka.cluster.roles",
                roles))
        .withFallback(listening(cluster.listen()))
        .withFallback(tls(cluster.security()))
        .withFallback(ConfigFactory.parseResources("ijepa-akka.conf"))
        .withFallback(ConfigFactory.load());
  }

  private static Config listening(ListenSettings listen) {
    Map<String, Object> places = new HashMap<>();
    if (!listen.host().isEmpty()) {
      places.put("akka.remote.artery.bind.hostname", listen.host());
      places.put("akka.remote.artery.advanced.tcp.outbound-client-hostname", listen.host());
    }
    if (listen.port() != 0) {
      places.put("akka.remote.artery.bind.port", listen.port());
    }
    return ConfigFactory.parseMap(places);
  }

  /** Both ends of each connection show a certificate; it is read anew now and then. */
  private static Config tls(ClusterSecurity security) {
    if (!security.isTls()) {
      return ConfigFactory.empty();
    }
    String keys = "akka.remote.artery.ssl.rotating-keys-engine.";
    return ConfigFactory.parseMap(
        Map.of(
            "akka.remote.artery.transport",
            "tls-tcp",
            "akka.remote.artery.ssl.ssl-engine-provider",
            RotatingKeysSSLEngineProvider.class.getName(),
            keys + "key-file",
            absolute(security.key()),
            keys + "cert-file",
            absolute(security.certificate()),
            keys + "ca-cert-file",
            absolute(security.authority()),
            keys + "protocol",
            "TLSv1.3",
            keys + "enabled-algorithms",
            List.of("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256")));
  }

  private static String absolute(String file) {
    return Path.of(file).toAbsolutePath().toString();
  }

  /** Addresses of the seed nodes. */
  static List<Address> seeds(ClusterSettings cluster) {
    return cluster.seedNodes().stream().map(seed -> address(cluster.name(), seed)).toList();
  }

  /** Says which seed nodes' names have no address, which may be so until their machines start. */
  static Optional<String> withoutAddress(ClusterSettings cluster) {
    List<String> names =
        seeds(cluster).stream()
            .map(seed -> seed.getHost().orElseThrow())
            .distinct()
            .filter(host -> !isKnown(host))
            .toList();
    return names.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "no address is known for %s of cluster.seed-nodes; correct the name, or start that machine"
                .formatted(String.join(", ", names)));
  }

  private static boolean isKnown(String host) {
    try {
      return InetAddress.getByName(host) != null;
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static Address address(String name, String hostAndPort) {
    int colon = hostAndPort.lastIndexOf(':');
    return new Address(
        "akka",
        name,
        hostAndPort.substring(0, colon),
        Integer.parseInt(hostAndPort.substring(colon + 1)));
  }
}
