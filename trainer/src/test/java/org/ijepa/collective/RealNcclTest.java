package org.ijepa.collective;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.kernel.Kernels;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real libnccl, whose file IJEPA_NCCL_LIBRARY names, as far as it goes on a machine without a
 * GPU: the driver is the double's, which says yes to all and has nothing behind it.
 */
@EnabledIfEnvironmentVariable(named = "IJEPA_NCCL_LIBRARY", matches = ".+")
class RealNcclTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** An id begins with a number of 64 bits, then comes the address of whoever made it. */
  private static final int FAMILY = 8;

  private static final int ADDRESS = 12;

  @TempDir static Path folder;
  private static Nccl nccl;

  @BeforeAll
  static void load() throws Exception {
    Kernels.prepareThread(1);
    String driver = NcclDouble.build(folder).file().toString();
    nccl = Nccl.load(System.getenv("IJEPA_NCCL_LIBRARY"), driver, "127.0.0.1", Device.cpu());
  }

  private static byte[] id() {
    byte[] id = new byte[NcclLibrary.UniqueId.BYTES];
    assertThat(nccl.library().ncclGetUniqueId(id)).isEqualTo(NcclLibrary.SUCCESS);
    return id;
  }

  @Test
  void shouldMakeAnotherIdEachTime() {
    assertThat(id()).isNotEqualTo(id());
  }

  @Test
  void shouldListenWhereTheNodeDoes() {
    byte[] id = id();
    assertThat(id[FAMILY]).isEqualTo((byte) 2);
    assertThat(Arrays.copyOfRange(id, ADDRESS, ADDRESS + 4)).containsExactly(127, 0, 0, 1);
  }

  @Test
  void shouldSayWhatIsMissingWhenACommunicatorIsToBeMade() throws Exception {
    LocalGroup control = new LocalGroup(2, LIMIT);
    CompletableFuture<Exception> other = CompletableFuture.supplyAsync(() -> failure(control, 1));

    Exception first = failure(control, 0);
    Exception second = other.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    assertThat(List.of(first, second))
        .allSatisfy(
            failure ->
                assertThat(failure)
                    .isInstanceOfAny(CollectiveException.class, IllegalStateException.class))
        .anySatisfy(
            failure ->
                assertThat(failure)
                    .hasMessageStartingWith("collective of 2 trainers ended: NCCL failed at rank ")
                    .hasMessageContaining("the making of a communicator: unhandled cuda error"));
  }

  private static Exception failure(LocalGroup control, int rank) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        FlatTensor tensor = FlatTensor.zeros(manager, 10);
        Collective end = new NcclCollective(control.join(rank), nccl, LIMIT, List.of())) {
      end.allReduceSum(tensor);
      return null;
    } catch (CollectiveException | IllegalStateException e) {
      return e;
    }
  }
}
