package org.ijepa.replica;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.kernel.Kernels;
import org.ijepa.vit.Layout;

/** AdamW over flat storage: two calls, one with and one without weight decay. */
public final class Optimizer {
  /** Of host memory: there a kernel finds numbers without asking the device. */
  private final NDManager host;

  private final Kernels kernels;
  private final ReplicaState state;
  private final Betas betas;
  private final NDArray wholeGradient;
  private final List<NDArray> weights;
  private final List<NDArray> gradient;
  private final List<NDArray> first;
  private final List<NDArray> second;

  /** AdamW's constants. */
  public record Betas(double beta1, double beta2, double epsilon) {
    /** The published ones. */
    public static final Betas PUBLISHED = new Betas(0.9, 0.999, 1e-8);
  }

  Optimizer(NDManager host, Kernels kernels, ReplicaState state, FlatTensor gradient, Betas betas) {
    this.host = host;
    this.kernels = kernels;
    this.state = state;
    this.betas = betas;
    Layout layout = state.layout();
    long decayed = layout.decayed();
    long rest = layout.size() - decayed;
    long facts = gradient.size() - layout.size();
    wholeGradient = kernels.views(gradient.array(), layout.size(), facts).get(0);
    this.gradient = kernels.views(gradient.array(), decayed, rest, facts).subList(0, 2);
    weights = kernels.views(state.weights().array(), decayed, rest);
    first = kernels.views(state.firstMoment().array(), decayed, rest);
    second = kernels.views(state.secondMoment().array(), decayed, rest);
  }

  void update(Recipe recipe) {
    if (recipe.gradientScale() != 1) {
      kernels.scale(wholeGradient, recipe.gradientScale());
    }
    long number = state.updates() + 1;
    part(0, recipe.learningRate(), recipe.weightDecay(), number);
    part(1, recipe.learningRate(), 0, number);
    state.updates(number);
  }

  private void part(int i, double learningRate, double weightDecay, long number) {
    double[] plan = {learningRate, weightDecay, betas.beta1(), betas.beta2(), betas.epsilon()};
    try (NDArray constants = host.create(plan);
        NDArray count = host.create((float) number)) {
      kernels.adamw(weights.get(i), gradient.get(i), first.get(i), second.get(i), constants, count);
    }
  }
}
