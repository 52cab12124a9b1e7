package org.ijepa.source;

import java.util.ArrayList;
import java.util.List;

/**
 * The samples of a WebDataset shard: members that follow one another and share what comes before
 * the first dot of their file name are one sample, whose image is the first of them whose whole
 * ending is an image's ({@code x.jpg}), else the first that ends as an image ({@code x.left.png}).
 */
final class ShardMembers {
  private final String labels;
  private final List<Sample> samples = new ArrayList<>();
  private String stem = "";
  private TarWalk.Member image;
  private boolean plain;
  private String label = "";
  private boolean open;
  private long ignored;

  /**
   * An image in a shard.
   *
   * @param label the text of the sample's member with the ending of labels; empty if there is none
   */
  record Sample(String name, long offset, long bytes, String label) {}

  /**
   * No samples yet.
   *
   * @param labels ending of the members that hold them
   */
  ShardMembers(String labels) {
    this.labels = labels;
  }

  /** Takes the next member. */
  void add(TarWalk.Member member) {
    int base = member.name().lastIndexOf('/') + 1;
    int dot = member.name().indexOf('.', base);
    if (dot <= base) {
      ignored++;
      return;
    }
    String itsStem = member.name().substring(0, dot);
    if (!open || !itsStem.equals(stem)) {
      finish();
      stem = itsStem;
      open = true;
    }
    String ending = member.name().substring(dot + 1);
    if (ending.equals(labels)) {
      label = member.text().orElse("");
    } else if (ImageNames.isImage(member.name())) {
      boolean itsPlain = ending.indexOf('.') < 0;
      if (image == null || (itsPlain && !plain)) {
        ignored += image == null ? 0 : 1;
        image = member;
        plain = itsPlain;
      } else {
        ignored++;
      }
    }
  }

  private void finish() {
    if (image != null) {
      samples.add(new Sample(image.name(), image.offset(), image.bytes(), label));
    } else if (open) {
      ignored++;
    }
    image = null;
    plain = false;
    label = "";
    open = false;
  }

  /** The samples, in the order of their images' members. */
  List<Sample> samples() {
    finish();
    return samples;
  }

  /** Members that are no part of a sample, images that are not their sample's, samples without. */
  long ignored() {
    return ignored;
  }
}
