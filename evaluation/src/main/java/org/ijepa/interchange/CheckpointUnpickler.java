package org.ijepa.interchange;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleException;
import net.razorvine.pickle.Unpickler;
import org.ijepa.interchange.TorchTensor.ElementType;
import org.ijepa.interchange.TorchTensor.Storage;

/**
 * Reads a checkpoint's pickle and nothing else: maps, lists, tuples, texts, numbers and tensors.
 * Nothing is executed and no class is looked up: the few names that a checkpoint needs stand here,
 * and any other name or opcode is an error. Keeps the order of maps, which numbers the parameters.
 */
final class CheckpointUnpickler extends Unpickler {
  private static final int LONGEST_TEXT = 1 << 16;
  private static final int LONGEST_NAME = 128;

  /** Names that stand for something in a checkpoint. */
  private static final Map<String, Object> KNOWN = known();

  private enum Call {
    ORDERED_MAP,
    TENSOR
  }

  private CheckpointUnpickler() {}

  private static Map<String, Object> known() {
    Map<String, Object> known = new HashMap<>();
    known.put("collections OrderedDict", Call.ORDERED_MAP);
    known.put("torch._utils _rebuild_tensor_v2", Call.TENSOR);
    for (ElementType type : ElementType.values()) {
      known.put("torch " + type.className(), type);
    }
    return Map.copyOf(known);
  }

  /**
   * Reads the next object of a stream.
   *
   * @throws IOException if the pickle is damaged, cut off, or asks for what no checkpoint needs
   */
  static Object read(InputStream in) throws IOException {
    try {
      return new CheckpointUnpickler().load(in);
    } catch (RuntimeException e) {
      // Bytes out of place surface as casts, indices or overflows somewhere in the machine.
      throw new IOException("a damaged pickle" + reason(e), e);
    }
  }

  private static String reason(RuntimeException e) {
    return e instanceof PickleException && e.getMessage() != null ? ": " + e.getMessage() : "";
  }

  @Override
  protected Object dispatch(short opcode) throws IOException {
    switch (opcode) {
      case Opcodes.PROTO,
          Opcodes.STOP,
          Opcodes.MARK,
          Opcodes.NONE,
          Opcodes.NEWTRUE,
          Opcodes.NEWFALSE,
          Opcodes.BININT,
          Opcodes.BININT1,
          Opcodes.BININT2,
          Opcodes.BINFLOAT,
          Opcodes.TUPLE,
          Opcodes.EMPTY_TUPLE,
          Opcodes.TUPLE1,
          Opcodes.TUPLE2,
          Opcodes.TUPLE3,
          Opcodes.EMPTY_LIST,
          Opcodes.APPEND,
          Opcodes.APPENDS,
          Opcodes.BINPUT,
          Opcodes.LONG_BINPUT,
          Opcodes.BINGET,
          Opcodes.LONG_BINGET,
          Opcodes.MEMOIZE,
          Opcodes.FRAME,
          Opcodes.LONG1,
          Opcodes.BINPERSID -> {
        return super.dispatch(opcode);
      }
      case Opcodes.EMPTY_DICT -> stack.add(new LinkedHashMap<>());
      case Opcodes.SETITEM -> setItem();
      case Opcodes.SETITEMS -> setItems();
      case Opcodes.BINUNICODE -> stack.add(text(integer()));
      case Opcodes.SHORT_BINUNICODE -> stack.add(text(oneByte()));
      case Opcodes.GLOBAL -> {
        String module = line();
        stack.add(name(module, line()));
      }
      case Opcodes.STACK_GLOBAL -> {
        String name = (String) stack.pop();
        stack.add(name((String) stack.pop(), name));
      }
      case Opcodes.REDUCE -> call();
      // Attributes of an ordered map: version numbers of a network's parts.
      case Opcodes.BUILD -> stack.pop();
      default ->
          throw new IOException(
              String.format("opcode 0x%02x, which no checkpoint needs; nothing was run", opcode));
    }
    return NO_RETURN_VALUE;
  }

  private static Object name(String module, String name) throws IOException {
    Object known = KNOWN.get(module + " " + name);
    if (known == null) {
      throw new IOException(
          "the name "
              + printable(module + "." + name)
              + ", which no checkpoint needs; nothing was run");
    }
    return known;
  }

  private static String printable(String text) {
    return text.replaceAll("[^\\x21-\\x7e]", "?");
  }

  private void setItem() {
    Object value = stack.pop();
    Object key = stack.pop();
    map(stack.peek()).put(key(key), value);
  }

  private void setItems() {
    List<Object> items = stack.pop_all_since_marker();
    if (items.size() % 2 != 0) {
      throw new PickleException("a key without a value");
    }
    Map<Object, Object> map = map(stack.peek());
    for (int i = 0; i < items.size(); i += 2) {
      map.put(key(items.get(i)), items.get(i + 1));
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<Object, Object> map(Object target) {
    return (Map<Object, Object>) target;
  }

  /** Texts and numbers only: a list as key could hold itself. */
  private static Object key(Object key) {
    if (key instanceof String || key instanceof Integer) {
      return key;
    }
    if (key instanceof Long number) {
      return Math.toIntExact(number);
    }
    throw new PickleException("a key that is neither text nor number");
  }

  private void call() {
    Object[] arguments = (Object[]) stack.pop();
    switch ((Call) stack.pop()) {
      case ORDERED_MAP -> stack.add(orderedMap(arguments));
      case TENSOR -> stack.add(tensor(arguments));
    }
  }

  private static Map<Object, Object> orderedMap(Object[] arguments) {
    Map<Object, Object> map = new LinkedHashMap<>();
    if (arguments.length > 0) {
      for (Object pair : (List<?>) arguments[0]) {
        Object[] both = ((List<?>) pair).toArray();
        map.put(key(both[0]), both[1]);
      }
    }
    return map;
  }

  private static TorchTensor tensor(Object[] arguments) {
    Storage storage = (Storage) arguments[0];
    List<Long> shape = longs(arguments[2]);
    List<Long> strides = longs(arguments[3]);
    if (shape.size() != strides.size()) {
      throw new PickleException("a tensor with " + shape + " and strides " + strides);
    }
    return new TorchTensor(
        storage.key(),
        storage.type(),
        storage.elements(),
        ((Number) arguments[1]).longValue(),
        shape,
        strides);
  }

  private static List<Long> longs(Object tuple) {
    List<Long> values = new ArrayList<>();
    for (Object value : (Object[]) tuple) {
      long number = ((Number) value).longValue();
      if (number < 0) {
        throw new PickleException("a tensor with a negative extent");
      }
      values.add(number);
    }
    return List.copyOf(values);
  }

  /** A storage: {@code ("storage", type, key, device, elements)}. */
  @Override
  protected Object persistentLoad(Object id) {
    Object[] parts = (Object[]) id;
    if (!"storage".equals(parts[0])) {
      throw new PickleException("a reference to something that is no storage");
    }
    return new Storage((String) parts[2], (ElementType) parts[1], ((Number) parts[4]).longValue());
  }

  private String text(int length) throws IOException {
    if (length < 0 || length > LONGEST_TEXT) {
      throw new IOException("a text of " + length + " bytes, longer than any in a checkpoint");
    }
    byte[] bytes = input.readNBytes(length);
    if (bytes.length < length) {
      throw new IOException("it is cut off");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private int integer() throws IOException {
    return oneByte() | oneByte() << 8 | oneByte() << 16 | oneByte() << 24;
  }

  private int oneByte() throws IOException {
    int value = input.read();
    if (value < 0) {
      throw new IOException("it is cut off");
    }
    return value;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int value = oneByte(); value != '\n'; value = oneByte()) {
      if (line.length() == LONGEST_NAME) {
        throw new IOException("a name that is longer than any in a checkpoint");
      }
      line.append((char) value);
    }
    return line.toString();
  }
}
