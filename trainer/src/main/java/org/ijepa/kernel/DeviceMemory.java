package org.ijepa.kernel;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.pytorch.jni.JniUtils;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What is common to the memory of all devices: how a lack of it shows, and giving it back. */
public final class DeviceMemory {
  /**
   * How libtorch's allocators for CPUs and GPUs, the C++ library, cuBLAS and oneDNN say so, in an
   * exception that is otherwise like all others.
   */
  private static final List<String> SIGNS =
      List.of(
          "out of memory",
          "can't allocate memory",
          "not enough memory",
          "bad_alloc",
          "alloc_failed",
          "could not create a memory object");

  /** Of tcmalloc, where the launcher has found it: gives back what is free. */
  private static final String RELEASE = "MallocExtension_ReleaseFreeMemory";

  /** Of the C library; GNU's has it, others need not. */
  private interface Allocator extends Library {
    int malloc_trim(long kept);
  }

  private DeviceMemory() {}

  /**
   * Whether something failed because memory of the device, the process or the heap was short.
   *
   * @return the line that says so; empty for any other failure
   */
  public static Optional<String> shortage(Throwable failure) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      String text = String.valueOf(at.getMessage());
      if (at instanceof OutOfMemoryError) {
        return Optional.of(text);
      }
      if (at instanceof EngineException) {
        Optional<String> line = text.lines().filter(DeviceMemory::says).findFirst();
        if (line.isPresent()) {
          return line.map(String::strip);
        }
      }
    }
    return Optional.empty();
  }

  private static boolean says(String line) {
    String text = line.toLowerCase(Locale.ROOT);
    return SIGNS.stream().anyMatch(text::contains);
  }

  /** Gives memory back that is free but that the allocators keep for later. */
  public static void giveBack(Device device) {
    if (device.isGpu()) {
      JniUtils.emptyCudaCache();
      return;
    }
    try {
      NativeLibrary.getProcess().getFunction(RELEASE).invoke(new Object[0]);
      return;
    } catch (UnsatisfiedLinkError e) {
      // Not tcmalloc.
    }
    try {
      Native.load("c", Allocator.class).malloc_trim(0);
    } catch (UnsatisfiedLinkError e) {
      // Another allocator, which is left to itself.
      return;
    }
  }
}
