package org.ijepa.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import com.sun.jna.Library;
import com.sun.jna.Native;
import java.nio.file.Path;
import org.ijepa.collective.NcclDouble.Fault;
import org.ijepa.kernel.Kernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NcclTest {
  private static final String HOST = "127.0.0.1";

  @TempDir static Path folder;
  private static NcclDouble library;

  private interface Libc extends Library {
    String getenv(String name);
  }

  @BeforeAll
  static void build() throws Exception {
    Kernels.prepareThread(1);
    library = NcclDouble.build(folder);
  }

  @AfterEach
  void mend() {
    library.plant(Fault.NONE);
  }

  private void assertUnavailable(String nccl, String driver, String why) {
    assertThatThrownBy(() -> Nccl.load(nccl, driver, HOST, Device.cpu()))
        .isInstanceOf(NcclUnavailableException.class)
        .hasMessage(why);
  }

  @Test
  void shouldTellItsVersion() throws Exception {
    assertThat(library.load()).hasToString("NCCL 2.27.3");
  }

  @Test
  void shouldSayThatThereIsNoDriver() {
    assertUnavailable(
        library.file().toString(),
        "libnone.so.1",
        "this machine has no CUDA driver (libnone.so.1)");
  }

  @Test
  void shouldSayThatThereIsNoNccl() {
    assertUnavailable(
        "libnone.so.2", library.file().toString(), "libnone.so.2 cannot be loaded, or is not NCCL");
  }

  @Test
  void shouldNotTakeAnotherLibraryForNccl() {
    assertUnavailable(
        "libc.so.6", library.file().toString(), "libc.so.6 cannot be loaded, or is not NCCL");
  }

  @Test
  void shouldSayThatTrainersAreNotOnAGpu() {
    library.plant(Fault.HOST_MEMORY);
    assertUnavailable(
        library.file().toString(),
        library.file().toString(),
        "trainers compute on cpu(), not on a GPU");
  }

  @Test
  void shouldFixHowNcclAddsAndWhereItListens() throws Exception {
    library.load();
    Libc libc = Native.load("c", Libc.class);
    assertThat(libc.getenv("NCCL_ALGO")).isEqualTo("Ring");
    assertThat(libc.getenv("NCCL_PROTO")).isEqualTo("Simple");
    assertThat(libc.getenv("NCCL_SOCKET_IFNAME")).isEqualTo("=lo");
  }
}
