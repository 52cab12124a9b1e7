package org.ijepa.node;

import akka.actor.Address;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ijepa.coordinator.Leadership;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.settings.ClusterSettings.Role;

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
        .withFallback(ConfigFactory.parseResources("ijepa-akka.conf"))
        .withFallback(ConfigFactory.load());
  }

  /** Addresses of the seed nodes. */
  static List<Address> seeds(ClusterSettings cluster) {
    return cluster.seedNodes().stream().map(seed -> address(cluster.name(), seed)).toList();
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
