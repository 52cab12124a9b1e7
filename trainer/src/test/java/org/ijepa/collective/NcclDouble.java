package org.ijepa.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import com.sun.jna.Library;
import com.sun.jna.Native;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The double of libnccl and CUDA's driver, compiled from {@code double.c}. */
final class NcclDouble {
  /** What can be planted, as its source numbers them. */
  enum Fault {
    NONE(0),
    /** The next operation gets an error once it is under way. */
    FAILS_LATER(1),
    /** The next operation is refused. */
    FAILS_AT_ONCE(2),
    /** The making of a communicator never ends. */
    NEVER_MADE(3),
    /** Tensors are not in a GPU's memory. */
    HOST_MEMORY(4),
    NO_ID(5),
    /** Two ranks have one GPU, which NCCL refuses. */
    GPU_TWICE(6),
    /** One rank stands still after the first chunk of the next operation. */
    HANGS_MIDWAY(7);

    private final int number;

    Fault(int number) {
      this.number = number;
    }
  }

  private interface Functions extends Library {
    void ncclDoublePlant(int fault);

    int ncclDoubleOpen();
  }

  private final Path file;
  private final Functions functions;

  private NcclDouble(Path file, Functions functions) {
    this.file = file;
    this.functions = functions;
  }

  /** Compiles the double; the test is skipped, and says so, where there is no C compiler. */
  static NcclDouble build(Path folder) throws IOException, InterruptedException {
    boolean compiler =
        Arrays.stream(System.getenv("PATH").split(":", -1))
            .anyMatch(place -> Files.isExecutable(Path.of(place, "cc")));
    assumeTrue(compiler, "no C compiler (cc) to build the double of NCCL with");
    Path file = folder.resolve("libnccl-double.so");
    Process cc =
        new ProcessBuilder(
                "cc",
                "-O2",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-fPIC",
                "-shared",
                "-pthread",
                "-o",
                file.toString(),
                Path.of("src/test/resources/nccl/double.c").toString(),
                "-lrt")
            .inheritIO()
            .start();
    assertThat(cc.waitFor()).isZero();
    return new NcclDouble(file, Native.load(file.toString(), Functions.class));
  }

  Path file() {
    return file;
  }

  Nccl load() throws NcclUnavailableException {
    return Nccl.load(file.toString(), file.toString(), "127.0.0.1", Device.cpu());
  }

  void plant(Fault fault) {
    functions.ncclDoublePlant(fault.number);
  }

  /** Communicators that were made and not yet given up. */
  int open() {
    return functions.ncclDoubleOpen();
  }
}
