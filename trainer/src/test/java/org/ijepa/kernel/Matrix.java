package org.ijepa.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.IntToDoubleFunction;

/**
 * A matrix of doubles that remembers how it was made, and so can be differentiated: each operation
 * of the published mathematics with its derivative, element by element, as plain as can be.
 *
 * <p>Of precision {@link Precision#BF16} it stands for what is kept in bfloat16: its elements are
 * rounded, and so is whatever arrives at its gradient. What is made of such matrices alone is of
 * theirs.
 */
final class Matrix {
  enum Precision {
    EXACT,
    BF16
  }

  final int rows;
  final int columns;
  private final Precision precision;
  private final double[] values;
  private final double[] gradient;
  private final List<Matrix> from;
  private Runnable back = () -> {};

  private interface Cell {
    double at(int row, int column);
  }

  private Matrix(int rows, int columns, Precision precision, List<Matrix> from, Cell cell) {
    this.rows = rows;
    this.columns = columns;
    this.precision = precision;
    this.from = from;
    values = new double[rows * columns];
    gradient = new double[rows * columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        values[i * columns + j] = rounded(cell.at(i, j));
      }
    }
  }

  private static Precision common(Matrix... matrices) {
    boolean coarse = Arrays.stream(matrices).allMatch(each -> each.precision == Precision.BF16);
    return coarse ? Precision.BF16 : Precision.EXACT;
  }

  /** A matrix of these numbers, row by row. */
  static Matrix of(int rows, int columns, float... numbers) {
    return new Matrix(
        rows, columns, Precision.EXACT, List.of(), (i, j) -> numbers[i * columns + j]);
  }

  double at(int row, int column) {
    return values[row * columns + column];
  }

  void set(int row, int column, double value) {
    values[row * columns + column] = value;
  }

  double gradientAt(int row, int column) {
    return gradient[row * columns + column];
  }

  /** All elements, row by row. */
  double[] values() {
    return values.clone();
  }

  /** The derivative by each element, row by row. */
  double[] gradient() {
    return gradient.clone();
  }

  private double rounded(double value) {
    if (precision == Precision.EXACT) {
      return value;
    }
    // To the nearest of those whose lower 16 bits are zero, and to the even one of two.
    int bits = Float.floatToIntBits((float) value);
    return Float.intBitsToFloat((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000);
  }

  private void receive(Cell cell) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        int at = i * columns + j;
        gradient[at] = rounded(gradient[at] + rounded(cell.at(i, j)));
      }
    }
  }

  /** Derivatives of the sum of all elements times {@code factors}, for all that it was made of. */
  void differentiate(double... factors) {
    receive((i, j) -> factors[i * columns + j]);
    List<Matrix> order = new ArrayList<>();
    collect(order, Collections.newSetFromMap(new IdentityHashMap<>()));
    Collections.reverse(order);
    order.forEach(each -> each.back.run());
  }

  private void collect(List<Matrix> order, Set<Matrix> seen) {
    if (seen.add(this)) {
      from.forEach(each -> each.collect(order, seen));
      order.add(this);
    }
  }

  /** The same numbers, in another precision. */
  Matrix as(Precision other) {
    Matrix y = new Matrix(rows, columns, other, List.of(this), this::at);
    y.back = () -> receive(y::gradientAt);
    return y;
  }

  /** factor A B. */
  Matrix times(Matrix b, double factor) {
    Matrix y =
        new Matrix(
            rows,
            b.columns,
            common(this, b),
            List.of(this, b),
            (i, j) -> factor * sum(columns, k -> at(i, k) * b.at(k, j)));
    y.back =
        () -> {
          receive((i, k) -> factor * sum(b.columns, j -> y.gradientAt(i, j) * b.at(k, j)));
          b.receive((k, j) -> factor * sum(rows, i -> at(i, k) * y.gradientAt(i, j)));
        };
    return y;
  }

  Matrix transposed() {
    Matrix y = new Matrix(columns, rows, precision, List.of(this), (i, j) -> at(j, i));
    y.back = () -> receive((i, j) -> y.gradientAt(j, i));
    return y;
  }

  /** X W^T + b, with a matrix W of outputs by inputs and a row b. */
  Matrix linear(Matrix w, Matrix b) {
    Matrix y =
        new Matrix(
            rows,
            w.rows,
            common(this, w, b),
            List.of(this, w, b),
            (i, j) -> sum(columns, k -> at(i, k) * w.at(j, k)) + b.at(0, j));
    y.back =
        () -> {
          receive((i, k) -> sum(w.rows, j -> y.gradientAt(i, j) * w.at(j, k)));
          w.receive((j, k) -> sum(rows, i -> y.gradientAt(i, j) * at(i, k)));
          b.receive((one, j) -> sum(rows, i -> y.gradientAt(i, j)));
        };
    return y;
  }

  Matrix plus(Matrix b) {
    Matrix y =
        new Matrix(
            rows, columns, common(this, b), List.of(this, b), (i, j) -> at(i, j) + b.at(i, j));
    y.back =
        () -> {
          receive(y::gradientAt);
          b.receive(y::gradientAt);
        };
    return y;
  }

  /** x Phi(x), where Phi is the normal distribution. */
  Matrix gelu() {
    Matrix y =
        new Matrix(rows, columns, precision, List.of(this), (i, j) -> at(i, j) * normal(at(i, j)));
    y.back =
        () ->
            receive(
                (i, j) -> {
                  double x = at(i, j);
                  double density = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
                  return y.gradientAt(i, j) * (normal(x) + x * density);
                });
    return y;
  }

  /** Phi(x) = 1/2 + phi(x) (x + x^3 / 3 + x^5 / (3 5) + ...). */
  static double normal(double x) {
    double term = x;
    double sum = x;
    for (int odd = 3; Math.abs(term) > 1e-18 * Math.abs(sum); odd += 2) {
      term *= x * x / odd;
      sum += term;
    }
    return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  /** Of each row: e^x over the sum of all e^x. */
  Matrix softmax() {
    Matrix y =
        new Matrix(
            rows,
            columns,
            precision,
            List.of(this),
            (i, j) -> Math.exp(at(i, j)) / sum(columns, k -> Math.exp(at(i, k))));
    y.back =
        () ->
            receive(
                (i, j) -> {
                  double mean = sum(columns, k -> y.at(i, k) * y.gradientAt(i, k));
                  return y.at(i, j) * (y.gradientAt(i, j) - mean);
                });
    return y;
  }

  /** Each row less its mean, over sqrt(variance + epsilon), times w, plus b. */
  Matrix norm(Matrix w, Matrix b, double epsilon) {
    double[] deviation = new double[rows];
    double[] mean = new double[rows];
    for (int i = 0; i < rows; i++) {
      int row = i;
      mean[i] = sum(columns, k -> at(row, k)) / columns;
      double squares = sum(columns, k -> Math.pow(at(row, k) - mean[row], 2));
      deviation[i] = Math.sqrt(squares / columns + epsilon);
    }
    Cell normed = (i, j) -> (at(i, j) - mean[i]) / deviation[i];
    Matrix y =
        new Matrix(
            rows,
            columns,
            Precision.EXACT,
            List.of(this, w, b),
            (i, j) -> normed.at(i, j) * w.at(0, j) + b.at(0, j));
    y.back =
        () -> {
          receive(
              (i, j) -> {
                double all = sum(columns, k -> y.gradientAt(i, k) * w.at(0, k));
                double along = sum(columns, k -> y.gradientAt(i, k) * w.at(0, k) * normed.at(i, k));
                double own = y.gradientAt(i, j) * w.at(0, j);
                return (own - all / columns - normed.at(i, j) * along / columns) / deviation[i];
              });
          w.receive((one, j) -> sum(rows, i -> y.gradientAt(i, j) * normed.at(i, j)));
          b.receive((one, j) -> sum(rows, i -> y.gradientAt(i, j)));
        };
    return y;
  }

  /** Rows with these numbers, in turn. */
  Matrix rows(int... numbers) {
    Matrix y =
        new Matrix(numbers.length, columns, precision, List.of(this), (i, j) -> at(numbers[i], j));
    y.back =
        () -> {
          for (int number = 0; number < numbers.length; number++) {
            int from = number;
            receive((i, j) -> i == numbers[from] ? y.gradientAt(from, j) : 0);
          }
        };
    return y;
  }

  /** The rows from one on. */
  Matrix rowsFrom(int first) {
    int[] numbers = new int[rows - first];
    Arrays.setAll(numbers, i -> first + i);
    return rows(numbers);
  }

  Matrix columns(int first, int count) {
    Matrix y = new Matrix(rows, count, precision, List.of(this), (i, j) -> at(i, first + j));
    y.back =
        () -> receive((i, j) -> j >= first && j < first + count ? y.gradientAt(i, j - first) : 0);
    return y;
  }

  /** One above the other. */
  static Matrix stacked(List<Matrix> parts) {
    return beside(parts.stream().map(Matrix::transposed).toList()).transposed();
  }

  /** One beside the other. */
  static Matrix beside(List<Matrix> parts) {
    int width = parts.stream().mapToInt(part -> part.columns).sum();
    double[][] joined = new double[parts.get(0).rows][width];
    int start = 0;
    for (Matrix part : parts) {
      for (int i = 0; i < part.rows; i++) {
        System.arraycopy(part.values, i * part.columns, joined[i], start, part.columns);
      }
      start += part.columns;
    }
    Precision precision = common(parts.toArray(Matrix[]::new));
    Matrix y = new Matrix(joined.length, width, precision, parts, (i, j) -> joined[i][j]);
    y.back =
        () -> {
          int first = 0;
          for (Matrix part : parts) {
            int from = first;
            part.receive((i, j) -> y.gradientAt(i, from + j));
            first += part.columns;
          }
        };
    return y;
  }

  /** Mean of d^2 / 2 where |d| < 1, else |d| - 1/2, of the differences d from {@code target}. */
  Matrix smoothL1(Matrix target) {
    int count = rows * columns;
    Matrix y =
        new Matrix(
            1,
            1,
            Precision.EXACT,
            List.of(this),
            (one, same) ->
                sum(rows, i -> sum(columns, j -> huber(at(i, j) - target.at(i, j)))) / count);
    y.back =
        () ->
            receive(
                (i, j) -> {
                  double d = at(i, j) - target.at(i, j);
                  return y.gradientAt(0, 0) * Math.max(-1, Math.min(1, d)) / count;
                });
    return y;
  }

  private static double huber(double d) {
    return Math.abs(d) < 1 ? d * d / 2 : Math.abs(d) - 0.5;
  }

  private static double sum(int count, IntToDoubleFunction term) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += term.applyAsDouble(i);
    }
    return sum;
  }
}
