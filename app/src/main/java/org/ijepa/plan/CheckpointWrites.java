package org.ijepa.plan;

import java.util.stream.LongStream;
import org.ijepa.store.S3Requests;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Layout;

/**
 * What a checkpoint takes of the store that it goes to.
 *
 * @param bytes of its tensors; state, ledger and manifest are small beside them
 * @param requests of S3: its files, the looks at what is there, and the deletion of an older one
 */
public record CheckpointWrites(long bytes, long requests) {
  /** State, ledger and manifest. */
  private static final int SMALL_FILES = 3;

  /** The list of checkpoints, and its own manifest and state for the score of its probe. */
  private static final int LOOKS = 3;

  /** A list, and a request for each of the four files of tensors and the three small ones. */
  private static final int DELETION = 8;

  /** Of a model. */
  public static CheckpointWrites of(Geometry geometry) {
    Layout layout = Layout.of(geometry);
    long encoder =
        Float.BYTES * (layout.targetSize() + (long) geometry.patches() * geometry.width());
    long predictor =
        Float.BYTES
            * (layout.size()
                - layout.targetSize()
                + (long) geometry.patches() * geometry.predictorWidth());
    long moments = Float.BYTES * 2 * layout.size();
    long[] files = {encoder, predictor, encoder, moments};
    return new CheckpointWrites(
        LongStream.of(files).sum(),
        LongStream.of(files).map(S3Requests::ofWrite).sum() + SMALL_FILES + LOOKS + DELETION);
  }
}
