package org.ijepa.probe;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.IntConsumer;

/**
 * Limited-memory BFGS (Liu and Nocedal, 1989) for smooth convex functions, with a preconditioner as
 * the initial Hessian and a bisecting line search for the weak Wolfe conditions (Lewis and Overton,
 * 2013). Close to the minimum, where values differ by rounding only, the slope decides, as in the
 * approximate Wolfe conditions of Hager and Zhang (2005).
 */
final class Lbfgs {
  private static final int MEMORY = 10;
  private static final double DECREASE = 1e-4;
  private static final double CURVATURE = 0.9;
  private static final double ROUNDING = 1e-14;
  private static final int TRIALS = 50;

  /** A function to minimise. */
  interface Objective {
    /** The value at a point; writes the gradient there. */
    double at(double[] point, double[] gradient);

    /** Multiplies a vector, in place, by an estimate of the inverse Hessian, positive definite. */
    void precondition(double[] vector);
  }

  /** A step, how it changed the gradient, and the product of both. */
  private static final class Pair {
    private final double[] step;
    private final double[] change;
    private final double curvature;

    Pair(double[] step, double[] change, double curvature) {
      this.step = step;
      this.change = change;
      this.curvature = curvature;
    }
  }

  private final Objective objective;
  private final Deque<Pair> pairs = new ArrayDeque<>();
  private double[] point;
  private double[] gradient;
  private double value;
  private int iterations;

  private Lbfgs(Objective objective, double[] start) {
    this.objective = objective;
    this.point = start.clone();
    this.gradient = new double[start.length];
    this.value = objective.at(point, gradient);
  }

  /** As below; nobody hears of it. */
  static Lbfgs minimise(Objective objective, double[] start, double tolerance, int limit) {
    return minimise(objective, start, tolerance, limit, iterations -> {});
  }

  /**
   * Goes downhill until no component of the gradient is larger than {@code tolerance}, for at most
   * {@code limit} iterations, or until rounding forbids a further step.
   *
   * @param made hears the number of iterations after each
   */
  static Lbfgs minimise(
      Objective objective, double[] start, double tolerance, int limit, IntConsumer made) {
    Lbfgs search = new Lbfgs(objective, start);
    while (search.gradientSize() > tolerance && search.iterations < limit && search.advance()) {
      search.iterations++;
      made.accept(search.iterations);
    }
    return search;
  }

  /** The best point found. */
  double[] point() {
    return point.clone();
  }

  /** The value there. */
  double value() {
    return value;
  }

  /** The largest component of the gradient there. */
  double gradientSize() {
    double largest = 0;
    for (double part : gradient) {
      largest = Math.max(largest, Math.abs(part));
    }
    return largest;
  }

  /** Line searches made. */
  int iterations() {
    return iterations;
  }

  private boolean advance() {
    double[] direction = direction();
    double slope = dot(gradient, direction);
    if (!(slope < 0)) {
      return false;
    }
    double[] at = new double[point.length];
    double[] there = new double[point.length];
    double low = 0;
    double high = Double.POSITIVE_INFINITY;
    double length = 1;
    for (int trial = 0; trial < TRIALS; trial++) {
      for (int i = 0; i < at.length; i++) {
        at[i] = point[i] + length * direction[i];
      }
      double reached = objective.at(at, there);
      double slopeThere = dot(there, direction);
      if (!decreases(reached, slopeThere, slope, length)) {
        high = length;
      } else if (slopeThere < CURVATURE * slope) {
        low = length;
      } else {
        accept(at, there, reached);
        return true;
      }
      length = high < Double.POSITIVE_INFINITY ? (low + high) / 2 : 2 * length;
    }
    return false;
  }

  private boolean decreases(double reached, double slopeThere, double slope, double length) {
    if (reached <= value + DECREASE * length * slope) {
      return true;
    }
    boolean sameValue = reached <= value + ROUNDING * Math.max(1, Math.abs(value));
    return sameValue && slopeThere <= (2 * DECREASE - 1) * slope;
  }

  private void accept(double[] at, double[] there, double reached) {
    double[] step = new double[at.length];
    double[] change = new double[at.length];
    for (int i = 0; i < at.length; i++) {
      step[i] = at[i] - point[i];
      change[i] = there[i] - gradient[i];
    }
    double curvature = dot(step, change);
    if (curvature > 0) {
      pairs.addFirst(new Pair(step, change, curvature));
      if (pairs.size() > MEMORY) {
        pairs.removeLast();
      }
    }
    point = at;
    gradient = there;
    value = reached;
  }

  /** The two-loop recursion: minus the estimated inverse Hessian times the gradient. */
  private double[] direction() {
    double[] q = gradient.clone();
    double[] shares = new double[pairs.size()];
    int k = 0;
    for (Pair pair : pairs) {
      shares[k] = dot(pair.step, q) / pair.curvature;
      add(q, -shares[k], pair.change);
      k++;
    }
    objective.precondition(q);
    if (!pairs.isEmpty()) {
      Pair newest = pairs.getFirst();
      double[] image = newest.change.clone();
      objective.precondition(image);
      double scale = newest.curvature / dot(newest.change, image);
      for (int i = 0; i < q.length; i++) {
        q[i] *= scale;
      }
    }
    Iterator<Pair> oldestFirst = pairs.descendingIterator();
    while (oldestFirst.hasNext()) {
      Pair pair = oldestFirst.next();
      k--;
      add(q, shares[k] - dot(pair.change, q) / pair.curvature, pair.step);
    }
    for (int i = 0; i < q.length; i++) {
      q[i] = -q[i];
    }
    return q;
  }

  private static void add(double[] to, double factor, double[] what) {
    for (int i = 0; i < to.length; i++) {
      to[i] += factor * what[i];
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
