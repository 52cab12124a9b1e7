package org.ijepa.kernel;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.LibUtils;
import com.sun.jna.Library;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.file.Path;
import java.util.Map;

/**
 * Whether GPUs may round the inputs of float32 matrix products to TF32, of the whole process. The
 * engine has no call for it, nor has TorchScript or libtorch's C interface, so that libtorch's own
 * functions are called by the names that its compiler gave them. Where libtorch is not told, it is
 * off, unless the environment says {@code TORCH_ALLOW_TF32_CUBLAS_OVERRIDE=1}.
 */
public final class TensorFloat32 {
  private static final int LAZY_AND_LOCAL = 1;

  private static final String CONTEXT = "_ZN2at13globalContextEv";
  private static final String ALLOW = "_ZN2at7Context18setAllowTF32CuBLASEb";
  private static final String IS_ALLOWED = "_ZNK2at7Context15allowTF32CuBLASEv";

  private TensorFloat32() {}

  /** The same file that the engine has loaded. */
  private static NativeLibrary torch() {
    Kernels.quieten();
    Engine.getEngine("PyTorch");
    return NativeLibrary.getInstance(
        Path.of(LibUtils.getLibtorchPath(), System.mapLibraryName("torch_cpu")).toString(),
        Map.of(Library.OPTION_OPEN_FLAGS, LAZY_AND_LOCAL));
  }

  private static Pointer context(NativeLibrary torch) {
    return torch.getFunction(CONTEXT).invokePointer(new Object[0]);
  }

  /**
   * Allows it, or forbids it.
   *
   * @throws UnsatisfiedLinkError if the engine's libtorch has no such functions
   */
  public static void allow(boolean allowed) {
    NativeLibrary torch = torch();
    torch.getFunction(ALLOW).invokeVoid(new Object[] {context(torch), (byte) (allowed ? 1 : 0)});
  }

  /** Whether it is allowed now. */
  public static boolean isAllowed() {
    NativeLibrary torch = torch();
    Object found = torch.getFunction(IS_ALLOWED).invoke(Byte.class, new Object[] {context(torch)});
    return (Byte) found != 0;
  }
}
