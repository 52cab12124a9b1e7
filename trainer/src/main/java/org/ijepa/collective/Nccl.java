package org.ijepa.collective;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ijepa.kernel.FlatTensor;

/** libnccl and the CUDA driver, loaded and seen to serve the tensors of a device. */
public final class Nccl {
  /** Symbols are not shown to libtorch, which may have an NCCL of its own inside. */
  static final Map<String, Object> LAZY_AND_LOCAL = Map.of(Library.OPTION_OPEN_FLAGS, 1);

  private interface Libc extends Library {
    int setenv(String name, String value, int overwrite);
  }

  private final NcclLibrary library;
  private final CudaDriver cuda;
  private final int version;

  private Nccl(NcclLibrary library, CudaDriver cuda, int version) {
    this.library = library;
    this.cuda = cuda;
    this.version = version;
  }

  /**
   * Loads NCCL.
   *
   * @param file libnccl's name or path
   * @param host address whose network interface ranks meet at
   * @param device of the trainers
   * @throws NcclUnavailableException if something that it needs is not there, which is named
   */
  public static Nccl load(String file, String host, Device device) throws NcclUnavailableException {
    return load(file, CudaDriver.NAME, host, device);
  }

  /** The same with another file for the driver. */
  static Nccl load(String file, String driver, String host, Device device)
      throws NcclUnavailableException {
    CudaDriver cuda = CudaDriver.load(driver);
    setEnvironment(host);
    NcclLibrary library;
    int version;
    try {
      library = Native.load(file, NcclLibrary.class, LAZY_AND_LOCAL);
      version = version(library);
    } catch (UnsatisfiedLinkError e) {
      throw new NcclUnavailableException(file + " cannot be loaded, or is not NCCL", e);
    }
    if (version < NcclLibrary.LEAST_VERSION) {
      throw new NcclUnavailableException(
          file + " is NCCL " + NcclLibrary.versionName(version) + ", 2.14 or newer is needed");
    }
    try (NDManager manager = NDManager.newBaseManager(device, "PyTorch");
        FlatTensor tensor = FlatTensor.zeros(manager, 1)) {
      if (!cuda.isOnDevice(new Pointer(tensor.address()))) {
        throw new NcclUnavailableException("trainers compute on " + device + ", not on a GPU");
      }
    }
    return new Nccl(library, cuda, version);
  }

  private static int version(NcclLibrary library) throws NcclUnavailableException {
    IntByReference version = new IntByReference();
    int result = library.ncclGetVersion(version);
    if (result != NcclLibrary.SUCCESS) {
      throw new NcclUnavailableException("NCCL does not start: error " + result);
    }
    return version.getValue();
  }

  /**
   * NCCL is told by its environment alone in which way to add, so that equal members get equal
   * bits, and where to listen. What is set already stays.
   */
  private static void setEnvironment(String host) throws NcclUnavailableException {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("NCCL_ALGO", "Ring");
    values.put("NCCL_PROTO", "Simple");
    try {
      NetworkInterface place = NetworkInterface.getByInetAddress(InetAddress.getByName(host));
      if (place != null) {
        values.put("NCCL_SOCKET_IFNAME", "=" + place.getName());
      }
    } catch (IOException e) {
      throw new NcclUnavailableException("the address " + host + " of this node is not known", e);
    }
    Libc libc = Native.load("c", Libc.class);
    values.forEach((name, value) -> libc.setenv(name, value, 0));
  }

  /** The library's version, such as 22703 for 2.27.3. */
  int version() {
    return version;
  }

  NcclLibrary library() {
    return library;
  }

  CudaDriver cuda() {
    return cuda;
  }

  /** A version as people write it: {@code NCCL 2.27.3} for 22703. */
  public static String name(int version) {
    return "NCCL " + NcclLibrary.versionName(version);
  }

  @Override
  public String toString() {
    return name(version);
  }
}
