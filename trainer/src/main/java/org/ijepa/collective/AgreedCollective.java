package org.ijepa.collective;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.kernel.FlatTensor;

/**
 * A group whose ranks agree at their first call on who sums: NCCL where all of them have the same
 * version, else the group that they agree through.
 */
public final class AgreedCollective implements Collective {
  private final Collective base;
  private final Offer offer;
  private final Optional<NcclCollective> nccl;
  private final List<Place> places;
  private final Consumer<String> noted;
  private Collective agreed;

  /**
   * What a rank brings along.
   *
   * @param nccl absent where it has none, or shall not use it
   * @param required whether it takes nothing else
   */
  public record Offer(Optional<Nccl> nccl, boolean required) {
    /** No NCCL. */
    public static final Offer NONE = new Offer(Optional.empty(), false);

    /** Version of its NCCL, such as 22703 for 2.27.3; 0 where it has none. */
    public int version() {
      return nccl.map(Nccl::version).orElse(0);
    }
  }

  /**
   * An end of the group.
   *
   * @param base group of the same ranks, nobody else's from now on
   * @param timeout after which a call of NCCL has failed
   * @param places of all ranks
   * @param noted hears on rank 0 what was agreed on, where any rank has NCCL
   */
  public AgreedCollective(
      Collective base, Offer offer, Duration timeout, List<Place> places, Consumer<String> noted) {
    this.base = base;
    this.offer = offer;
    this.places = List.copyOf(places);
    this.noted = noted;
    nccl = offer.nccl().map(library -> new NcclCollective(base, library, timeout, places));
  }

  @Override
  public int rank() {
    return base.rank();
  }

  @Override
  public int size() {
    return base.size();
  }

  @Override
  public void allReduceSum(FlatTensor tensor, long rounded) throws CollectiveException {
    agree();
    agreed.allReduceSum(tensor, rounded);
  }

  @Override
  public void broadcast(FlatTensor tensor, int root) throws CollectiveException {
    agree();
    agreed.broadcast(tensor, root);
  }

  private void agree() throws CollectiveException {
    if (agreed != null) {
      return;
    }
    NcclVotes votes = vote();
    if (votes.isPossible()) {
      agreed = nccl.orElseThrow();
      note(size() + " trainers sum gradients with " + offer.nccl().orElseThrow());
      return;
    }
    if (votes.required()) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "cluster.collective = nccl, but " + votes.text(names()),
          "install the same NCCL for all trainers, or set cluster.collective = auto on all nodes");
    }
    agreed = base;
    if (votes.isKnown()) {
      note(size() + " trainers sum gradients without NCCL: " + votes.text(names()));
    }
  }

  private List<String> names() {
    return places.stream().map(Place::name).toList();
  }

  private void note(String text) {
    if (rank() == 0) {
      noted.accept(text);
    }
  }

  private NcclVotes vote() throws CollectiveException {
    float[] values = NcclVotes.slots(rank(), size(), offer.version(), offer.required());
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        FlatTensor slots = FlatTensor.zeros(manager, values.length)) {
      slots.write(0, values.length, (at, window) -> window.put(0, values));
      base.allReduceSum(slots);
      slots.read(0, values.length, (at, window) -> window.get(0, values));
    }
    return NcclVotes.of(values);
  }

  @Override
  public void check() throws CollectiveException {
    base.check();
  }

  @Override
  public void abort() {
    nccl.ifPresentOrElse(NcclCollective::abort, base::abort);
  }

  @Override
  public void close() {
    nccl.ifPresentOrElse(NcclCollective::close, base::close);
  }
}
