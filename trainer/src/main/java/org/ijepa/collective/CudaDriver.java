package org.ijepa.collective;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What has to be asked of CUDA itself: which GPU a tensor is on, and whether its work is done. The
 * driver's library is there wherever a GPU is, under one name, whatever versions of CUDA libtorch
 * and NCCL bring along.
 */
final class CudaDriver {
  static final String NAME = "libcuda.so.1";
  private static final int SUCCESS = 0;
  private static final int NOT_READY = 600;
  private static final int MEMORY_TYPE = 2;
  private static final int DEVICE_ORDINAL = 9;
  private static final int DEVICE_MEMORY = 2;

  /** libtorch's own stream: the default one of the device. */
  static final Pointer STREAM = Pointer.NULL;

  /** The functions of cuda.h that are used; each returns a {@code CUresult}. */
  private interface Driver extends Library {
    int cuInit(int flags);

    int cuPointerGetAttribute(IntByReference value, int attribute, Pointer address);

    int cuDeviceGet(IntByReference device, int ordinal);

    int cuDevicePrimaryCtxRetain(PointerByReference context, int device);

    int cuCtxSetCurrent(Pointer context);

    int cuStreamQuery(Pointer stream);

    int cuGetErrorName(int result, PointerByReference name);
  }

  private final Driver driver;

  /** The contexts that libtorch uses, too; it keeps them until the process ends. */
  private final Map<Integer, Pointer> contexts = new ConcurrentHashMap<>();

  private CudaDriver(Driver driver) {
    this.driver = driver;
  }

  /** The driver in a file, {@link #NAME} on every machine that has one. */
  static CudaDriver load(String file) throws NcclUnavailableException {
    Driver driver;
    try {
      driver = Native.load(file, Driver.class, Nccl.LAZY_AND_LOCAL);
    } catch (UnsatisfiedLinkError e) {
      throw new NcclUnavailableException("this machine has no CUDA driver (" + file + ")", e);
    }
    CudaDriver cuda = new CudaDriver(driver);
    int result = driver.cuInit(0);
    if (result != SUCCESS) {
      throw new NcclUnavailableException("the CUDA driver does not start: " + cuda.name(result));
    }
    return cuda;
  }

  /** Whether an address lies in a GPU's memory. */
  boolean isOnDevice(Pointer address) {
    IntByReference type = new IntByReference();
    // Of ordinary memory the driver knows nothing, and says that the value is invalid.
    return driver.cuPointerGetAttribute(type, MEMORY_TYPE, address) == SUCCESS
        && type.getValue() == DEVICE_MEMORY;
  }

  /**
   * Makes the GPU whose memory has this address the calling thread's.
   *
   * @throws IllegalStateException if it has failed
   */
  void use(Pointer address) {
    IntByReference ordinal = new IntByReference();
    require(driver.cuPointerGetAttribute(ordinal, DEVICE_ORDINAL, address));
    Pointer context = contexts.get(ordinal.getValue());
    if (context == null) {
      IntByReference device = new IntByReference();
      PointerByReference retained = new PointerByReference();
      require(driver.cuDeviceGet(device, ordinal.getValue()));
      require(driver.cuDevicePrimaryCtxRetain(retained, device.getValue()));
      context = retained.getValue();
      contexts.put(ordinal.getValue(), context);
    }
    require(driver.cuCtxSetCurrent(context));
  }

  /**
   * Whether all work on {@link #STREAM} of the calling thread's GPU is done.
   *
   * @throws IllegalStateException if it has failed
   */
  boolean isStreamDone() {
    int result = driver.cuStreamQuery(STREAM);
    if (result == NOT_READY) {
      return false;
    }
    require(result);
    return true;
  }

  private void require(int result) {
    if (result != SUCCESS) {
      throw new IllegalStateException("the GPU failed: " + name(result));
    }
  }

  private String name(int result) {
    PointerByReference name = new PointerByReference();
    return driver.cuGetErrorName(result, name) == SUCCESS
        ? name.getValue().getString(0)
        : "CUDA error " + result;
  }
}
