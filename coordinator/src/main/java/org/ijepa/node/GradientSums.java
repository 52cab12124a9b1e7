package org.ijepa.node;

import java.util.Optional;
import org.ijepa.collective.AgreedCollective.Offer;
import org.ijepa.collective.Nccl;
import org.ijepa.collective.NcclUnavailableException;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.settings.ClusterSettings.Compute;
import org.ijepa.settings.CollectiveSettings.Kind;

/** What this node's trainers can sum gradients with: what is asked for, and what is here. */
public final class GradientSums {
  private GradientSums() {}

  /**
   * What the trainers bring to each generation.
   *
   * @throws Failure if NCCL is asked for and cannot be used here
   */
  static Offer offer(ClusterSettings cluster, Devices devices) {
    if (cluster.collective().kind() == Kind.RING) {
      return Offer.NONE;
    }
    boolean required = cluster.collective().kind() == Kind.NCCL;
    try {
      return new Offer(Optional.of(nccl(cluster, devices)), required);
    } catch (NcclUnavailableException e) {
      if (required) {
        throw new Failure(
            ExitCode.WRONG_USAGE,
            "cluster.collective = nccl, but " + e.getMessage(),
            "install what is missing (docs/deploy.md), or set cluster.collective = auto",
            e);
      }
      return Offer.NONE;
    }
  }

  private static Nccl nccl(ClusterSettings cluster, Devices devices)
      throws NcclUnavailableException {
    String listen = cluster.listen().host();
    // All addresses name no interface; that of where others reach the node may.
    boolean isOne = !listen.isEmpty() && !NetworkGuard.isWildcard(listen);
    return Nccl.load(
        cluster.collective().ncclLibrary(), isOne ? listen : cluster.host(), devices.first());
  }

  /** In a line, what several trainers on machines like this one would sum with. */
  public static String line(ClusterSettings cluster) {
    if (cluster.collective().kind() == Kind.RING) {
      return "sums: in memory within a process, by a ring over TCP between processes";
    }
    try {
      // What GPUs another machine may have nobody knows here.
      Compute compute = cluster.device() == Compute.GPU ? Compute.AUTO : cluster.device();
      return "sums: " + nccl(cluster, Devices.of(compute)) + ", where all trainers have it";
    } catch (NcclUnavailableException e) {
      return cluster.collective().kind() == Kind.NCCL
          ? "warning: cluster.collective = nccl, but " + e.getMessage()
          : "sums: in memory within a process, by a ring over TCP between processes; no NCCL: "
              + e.getMessage();
    }
  }
}
