package org.ijepa.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.LibUtils;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import java.nio.file.Path;
import java.util.Map;

/**
 * What only libtorch itself tells or does, by its stable C interface: where tensors lie, those on a
 * GPU as others, and tensors of bfloat16, a type that DJL can be given but cannot ask for.
 */
final class TorchMemory {
  private static final int LAZY_AND_LOCAL = 1;

  /** A tensor's handle is what DJL has, too. */
  private interface Torch extends Library {
    int aoti_torch_get_data_ptr(Pointer tensor, PointerByReference address);

    int aoti_torch_get_device_type(Pointer tensor, IntByReference type);

    int aoti_torch_get_device_index(Pointer tensor, IntByReference index);

    int aoti_torch_dtype_bfloat16();

    int aoti_torch_create_tensor_from_blob(
        Pointer address,
        long dimensions,
        long[] sizes,
        long[] strides,
        long offset,
        int type,
        int deviceType,
        int deviceIndex,
        PointerByReference made);

    int aoti_torch_copy_(Pointer to, Pointer from, int nonBlocking);

    int aoti_torch_delete_tensor_object(Pointer tensor);
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
    require(Loaded.TORCH.aoti_torch_get_data_ptr(handle(array), address), "tell where it lies");
    return Pointer.nativeValue(address.getValue());
  }

  private static Pointer handle(NDArray array) {
    return new Pointer(((PtNDArray) array).getHandle());
  }

  private static void require(int result, String what) {
    if (result != 0) {
      throw new IllegalStateException("libtorch does not " + what + ", of a tensor");
    }
  }

  /** The memory of a tensor, seen as so many elements of bfloat16, until it is closed. */
  static final class Bfloat16View implements AutoCloseable {
    private final Pointer tensor;

    Bfloat16View(NDArray memory, long count) {
      IntByReference type = new IntByReference();
      IntByReference index = new IntByReference();
      require(
          Loaded.TORCH.aoti_torch_get_device_type(handle(memory), type), "tell the device's kind");
      require(Loaded.TORCH.aoti_torch_get_device_index(handle(memory), index), "tell the device");
      PointerByReference made = new PointerByReference();
      require(
          Loaded.TORCH.aoti_torch_create_tensor_from_blob(
              new Pointer(address(memory)),
              1,
              new long[] {count},
              new long[] {1},
              0,
              Loaded.TORCH.aoti_torch_dtype_bfloat16(),
              type.getValue(),
              index.getValue(),
              made),
          "make a view of bfloat16");
      tensor = made.getValue();
    }

    /** Takes as many elements, rounded. */
    void copyOf(NDArray exact) {
      require(Loaded.TORCH.aoti_torch_copy_(tensor, handle(exact), 0), "round");
    }

    void copyTo(NDArray exact) {
      require(Loaded.TORCH.aoti_torch_copy_(handle(exact), tensor, 0), "take what was rounded");
    }

    @Override
    public void close() {
      require(Loaded.TORCH.aoti_torch_delete_tensor_object(tensor), "give back a view");
    }
  }
}
