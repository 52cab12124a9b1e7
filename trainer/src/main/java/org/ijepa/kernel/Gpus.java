package org.ijepa.kernel;

import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.LongByReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The GPUs of this machine that this process may use, as the CUDA driver tells them; its library is
 * there wherever a GPU is, and heeds {@code CUDA_VISIBLE_DEVICES}.
 */
public final class Gpus {
  private static final String DRIVER = "libcuda.so.1";
  private static final int SUCCESS = 0;
  private static final int CAPABILITY_MAJOR = 75;
  private static final int NAME_BYTES = 256;

  /** From Ampere on, a GPU multiplies matrices of bfloat16. */
  private static final int FIRST_WITH_BFLOAT16 = 8;

  private Gpus() {}

  /**
   * A GPU; its number is its place in the list.
   *
   * @param major compute capability, the part before the point
   * @param bytes of memory
   */
  public record Gpu(String name, int major, long bytes) {
    /** Whether it multiplies matrices of bfloat16 natively. */
    public boolean hasBfloat16() {
      return major >= FIRST_WITH_BFLOAT16;
    }
  }

  /** The functions of cuda.h that are used; each returns a {@code CUresult}. */
  private interface Driver extends Library {
    int cuInit(int flags);

    int cuDeviceGetCount(IntByReference count);

    int cuDeviceGet(IntByReference device, int ordinal);

    int cuDeviceGetName(byte[] name, int bytes, int device);

    int cuDeviceGetAttribute(IntByReference value, int attribute, int device);

    int cuDeviceTotalMem_v2(LongByReference bytes, int device);
  }

  /** All of them; none where there is no driver. */
  public static List<Gpu> present() {
    return present(DRIVER);
  }

  static List<Gpu> present(String file) {
    Driver driver;
    try {
      driver = Native.load(file, Driver.class);
    } catch (UnsatisfiedLinkError e) {
      return List.of();
    }
    IntByReference count = new IntByReference();
    if (driver.cuInit(0) != SUCCESS || driver.cuDeviceGetCount(count) != SUCCESS) {
      return List.of();
    }
    List<Gpu> gpus = new ArrayList<>();
    for (int i = 0; i < count.getValue(); i++) {
      gpus.add(describe(driver, i));
    }
    return gpus;
  }

  private static Gpu describe(Driver driver, int ordinal) {
    IntByReference device = new IntByReference();
    IntByReference major = new IntByReference();
    LongByReference bytes = new LongByReference();
    byte[] name = new byte[NAME_BYTES];
    if (driver.cuDeviceGet(device, ordinal) != SUCCESS
        || driver.cuDeviceGetName(name, NAME_BYTES, device.getValue()) != SUCCESS
        || driver.cuDeviceGetAttribute(major, CAPABILITY_MAJOR, device.getValue()) != SUCCESS
        || driver.cuDeviceTotalMem_v2(bytes, device.getValue()) != SUCCESS) {
      throw new IllegalStateException("the CUDA driver does not describe GPU " + ordinal);
    }
    String text = new String(name, StandardCharsets.UTF_8);
    return new Gpu(text.substring(0, text.indexOf('\0')), major.getValue(), bytes.getValue());
  }

  /** Whether the engine that this process has loaded computes on GPUs. */
  public static boolean isEngineFor() {
    Kernels.quieten();
    return Engine.getEngine("PyTorch").hasCapability(StandardCapabilities.CUDA);
  }
}
