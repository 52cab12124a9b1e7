package org.ijepa.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.LibUtils;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.file.Path;
import java.util.Map;

/** Where tensors lie, which only libtorch itself tells, for those on a GPU as for others. */
final class TorchMemory {
  private static final int LAZY_AND_LOCAL = 1;

  /** Of libtorch's stable C interface; a tensor's handle is what DJL has, too. */
  private interface Torch extends Library {
    int aoti_torch_get_data_ptr(Pointer tensor, PointerByReference address);
  }

  /** Loaded at first use, by when DJL has loaded the same file. */
  private static final class Loaded {
    private static final Torch TORCH =
        Native.load(
            Path.of(LibUtils.getLibtorchPath(), System.mapLibraryName("torch_cpu")).toString(),
            Torch.class,
            Map.of(Library.OPTION_OPEN_FLAGS, LAZY_AND_LOCAL));
  }

  private TorchMemory() {}

  /** Address of the first element, in the memory of the tensor's device. */
  static long address(NDArray array) {
    PointerByReference address = new PointerByReference();
    Pointer tensor = new Pointer(((PtNDArray) array).getHandle());
    if (Loaded.TORCH.aoti_torch_get_data_ptr(tensor, address) != 0) {
      throw new IllegalStateException("libtorch does not tell where a tensor lies");
    }
    return Pointer.nativeValue(address.getValue());
  }
}
