package org.ijepa.replica;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.sun.jna.Memory;
import java.nio.ByteBuffer;
import org.ijepa.kernel.DeviceMemory;
import org.ijepa.kernel.Kernels;
import org.ijepa.vit.Geometry;

/**
 * Makes a whole step on a device with a replica of its own, to see whether it has the memory. No
 * bit of any other replica depends on it, and when it is over it holds no memory.
 */
public final class StepTrial {
  /** Anything that changes weights. */
  private static final Recipe RECIPE = new Recipe(1e-3, 0.05, 0.99, 1);

  private final Geometry geometry;
  private final Replica.Options options;
  private final Masks masks;
  private final int threads;

  /**
   * The masks that are tried, the longest that the run may have.
   *
   * @param context patches of a context
   * @param targets target blocks
   * @param target patches of a target block
   */
  public record Masks(int context, int targets, int target) {}

  /** A trial of steps that a run with these parts makes. */
  public StepTrial(Geometry geometry, Replica.Options options, Masks masks, int threads) {
    this.geometry = geometry;
    this.options = options;
    this.masks = masks;
    this.threads = threads;
  }

  /**
   * Makes a step of black images; weights are all zero, as memory does not depend on them.
   *
   * @param images of the micro-batch
   * @param reserve bytes of the device that are taken besides
   * @throws RuntimeException or an error of which {@link DeviceMemory#shortage} says why, if there
   *     was one
   */
  public void run(Device device, int images, long reserve) {
    Kernels.prepareThread(threads);
    try (NDManager manager = NDManager.newBaseManager(device, "PyTorch")) {
      manager.create(new Shape(reserve), DataType.INT8);
      try (Replica replica = new Replica(manager, geometry, options);
          Memory pixels = new Memory(bytes(images))) {
        pixels.clear();
        step(replica, pixels.getByteBuffer(0, pixels.size()), images);
      }
    } finally {
      DeviceMemory.giveBack(device);
    }
  }

  private long bytes(int images) {
    long side = geometry.imageSize();
    return images * side * side * geometry.channels();
  }

  private void step(Replica replica, ByteBuffer pixels, int images) {
    int[][] context = new int[images][];
    int[][][] targets = new int[masks.targets()][images][];
    for (int image = 0; image < images; image++) {
      context[image] = patches(0, masks.context());
      for (int target = 0; target < masks.targets(); target++) {
        // The less they overlap, the more of them the target encoder's last block computes.
        targets[target][image] = patches(target * masks.target(), masks.target());
      }
    }
    replica.beginStep();
    replica.accumulate(pixels, context, targets, new Replica.Share(1, 0, 1));
    replica.settled(true);
    replica.update(RECIPE);
    replica.moveTarget(RECIPE);
    // Until here a GPU need not have found out.
    replica.await();
  }

  /** So many patches from one on, beyond the last one the first again. */
  private int[] patches(int first, int count) {
    int[] patches = new int[count];
    for (int i = 0; i < count; i++) {
      patches[i] = (first + i) % geometry.patches();
    }
    return patches;
  }
}
