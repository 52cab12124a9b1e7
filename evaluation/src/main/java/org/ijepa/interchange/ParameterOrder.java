package org.ijepa.interchange;

import java.util.ArrayList;
import java.util.List;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Parameter.Network;

/**
 * The order in which PyTorch numbers a network's parameters, on which the optimizer's state in a
 * file depends: a module's own tensors first, then those of its parts.
 */
final class ParameterOrder {
  private static final List<String> BLOCK =
      List.of("norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2");

  private ParameterOrder() {}

  /** Name of the fixed position table of a network. */
  static String positions(Network network) {
    return network == Network.ENCODER ? "pos_embed" : "predictor_pos_embed";
  }

  /** Names without prefix, the fixed position table among them. */
  static List<String> of(Geometry geometry, Network network) {
    List<String> names = new ArrayList<>();
    if (network == Network.ENCODER) {
      names.add("pos_embed");
      layer(names, "patch_embed.proj");
      blocks(names, "blocks.", geometry.depth());
      layer(names, "norm");
    } else {
      names.add("mask_token");
      names.add("predictor_pos_embed");
      layer(names, "predictor_embed");
      blocks(names, "predictor_blocks.", geometry.predictorDepth());
      layer(names, "predictor_norm");
      layer(names, "predictor_proj");
    }
    return names;
  }

  private static void blocks(List<String> names, String prefix, int depth) {
    for (int i = 0; i < depth; i++) {
      for (String part : BLOCK) {
        layer(names, prefix + i + "." + part);
      }
    }
  }

  private static void layer(List<String> names, String name) {
    names.add(name + ".weight");
    names.add(name + ".bias");
  }

  /** Whether weight decay falls on a parameter, by the published rule: its name and rank decide. */
  static boolean isDecayed(String name, List<Long> shape) {
    return !name.contains("bias") && shape.size() != 1;
  }
}
