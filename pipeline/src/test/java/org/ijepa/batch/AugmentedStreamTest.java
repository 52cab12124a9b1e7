package org.ijepa.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.ijepa.augment.Augmentation;
import org.ijepa.crop.CropRules;
import org.ijepa.decode.CropChooser;
import org.ijepa.decode.DecoderDouble;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskSampler;
import org.ijepa.order.Place;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Tail;
import org.ijepa.source.DataSource;
import org.junit.jupiter.api.Test;

/** Which images a stream mirrors follows from their places, whoever makes the batch. */
class AugmentedStreamTest extends StreamOfFilesTest {
  private static final int SIDE = 8;
  private static final int MICRO_BATCH = 4;
  private static final int GLOBAL_BATCH = 32;
  private static final int DECODES = 3;

  AugmentedStreamTest() {
    super(DECODES);
  }

  @Test
  void shouldMirrorTheSamePlacesForAnyNumberOfTrainers() throws Exception {
    Map<Place, Integer> alone = firstPixels(1, true);
    assertThat(alone).hasSize(GLOBAL_BATCH);
    assertThat(alone.values()).contains(0, SIDE - 1);
    assertThat(firstPixels(2, true)).isEqualTo(alone);
    assertThat(firstPixels(3, true)).isEqualTo(alone);
  }

  @Test
  void shouldMirrorNothingUnlessAsked() throws Exception {
    assertThat(firstPixels(1, false).values()).containsOnly(0);
  }

  /** The upper left pixel of each image of the first step: the column that it came from. */
  private Map<Place, Integer> firstPixels(int world, boolean flip) throws Exception {
    Map<Place, Integer> pixels = new HashMap<>();
    for (int rank = 0; rank < world; rank++) {
      BatchPlanner planner = planner();
      BatchStream.Feed feed = stream(planner, flip).start(0, rank, world);
      for (int i = 0; i < planner.count(rank, world); i++) {
        try (MicroBatch batch = feed.pull().toCompletableFuture().get().orElseThrow()) {
          for (int n = 0; n < MICRO_BATCH; n++) {
            int first = batch.images().get(n * SIDE * SIDE * 3);
            pixels.put(batch.plan().slots().get(n).place(), first);
          }
        }
      }
      feed.cancel();
    }
    return pixels;
  }

  private BatchPlanner planner() {
    SampleOrder order = new SampleOrder(1, FILES, GLOBAL_BATCH, 1, Tail.DROP);
    return new BatchPlanner(order, new MaskSampler(MaskRules.corrected(14), 1), MICRO_BATCH);
  }

  private BatchStream stream(BatchPlanner planner, boolean flip) {
    return new BatchStream(
        planner,
        new SampleDecoding(
            planner.order(),
            DataSource.open(store(), system).toCompletableFuture().join(),
            DecodingParts.of(new DecoderDouble(3, AugmentedStreamTest::columns), decoding),
            CropRules.published(),
            new Augmentation(flip, 0, false),
            1,
            SIDE),
        new BatchStream.Options(MICRO_BATCH, 3, DECODES, Long.MAX_VALUE, 2, System::nanoTime),
        DecodingPeers.NONE,
        system);
  }

  /** Every pixel says which column it stands in. */
  private static void columns(ByteBuffer file, CropChooser crop, int side, ByteBuffer target) {
    for (int i = 0; i < side * side * 3; i++) {
      target.put((byte) (i / 3 % side));
    }
  }
}
