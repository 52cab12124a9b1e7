package org.ijepa.vit;

import java.util.List;

/**
 * A named parameter and its place in flat storage.
 *
 * @param network which network owns it
 * @param name name in the published code, without the network's prefix, e.g. {@code
 *     blocks.0.attn.qkv.weight}
 * @param shape shape of the tensor
 * @param offset first element within the flat tensor of all trainable parameters
 * @param size elements
 */
public record Parameter(Network network, String name, List<Long> shape, long offset, long size) {

  /** The networks with trainable parameters. */
  public enum Network {
    ENCODER,
    PREDICTOR;

    /** Prefix of the network in recorded files: {@code encoder.} or {@code predictor.}. */
    public String prefix() {
      return this == ENCODER ? "encoder." : "predictor.";
    }
  }

  /** Name with the network's prefix. */
  public String qualifiedName() {
    return network.prefix() + name;
  }

  /**
   * The layer that it belongs to: {@code encoder.blocks.3}, or before and after the blocks {@code
   * encoder.entry} and {@code encoder.end}.
   */
  public String layer() {
    String own = name.startsWith("predictor_") ? name.substring("predictor_".length()) : name;
    if (own.startsWith("blocks.")) {
      return network.prefix() + own.substring(0, own.indexOf('.', "blocks.".length()));
    }
    boolean end =
        own.startsWith("norm") || (network == Network.PREDICTOR && own.startsWith("proj"));
    return network.prefix() + (end ? "end" : "entry");
  }

  /** Inputs of one output unit for matrices (fan-in), or 0 for vectors. */
  public long fanIn() {
    return shape.size() < 2 ? 0 : size / shape.get(0);
  }
}
