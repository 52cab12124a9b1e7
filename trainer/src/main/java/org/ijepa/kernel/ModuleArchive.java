package org.ijepa.kernel;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packs TorchScript source into the archive format of {@code torch.jit.load}: a zip with stored
 * entries {@code data.pkl} (the module's attributes), {@code code/__torch__.py}, {@code
 * constants.pkl} and {@code version}.
 */
final class ModuleArchive {
  // Opcodes of the pickle protocol, version 2.
  private static final int PROTO = 0x80;
  private static final int GLOBAL = 'c';
  private static final int EMPTY_TUPLE = ')';
  private static final int NEW_OBJECT = 0x81;
  private static final int EMPTY_DICT = '}';
  private static final int MARK = '(';
  private static final int STRING = 'X';
  private static final int INT = 'J';
  private static final int FLOAT = 'G';
  private static final int TRUE = 0x88;
  private static final int FALSE = 0x89;
  private static final int SET_ITEMS = 'u';
  private static final int BUILD = 'b';
  private static final int STOP = '.';

  private ModuleArchive() {}

  /**
   * The archive as bytes.
   *
   * @param source TorchScript source that defines {@code className}
   * @param attributes values of the module's attributes: Integer, Double or Boolean
   */
  static byte[] pack(String source, String className, Map<String, Object> attributes)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.setMethod(ZipOutputStream.STORED);
      store(zip, "ijepa/data.pkl", pickle(className, attributes));
      store(zip, "ijepa/code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
      store(zip, "ijepa/constants.pkl", new byte[] {(byte) PROTO, 2, EMPTY_TUPLE, STOP});
      store(zip, "ijepa/version", "10\n".getBytes(StandardCharsets.US_ASCII));
    }
    return out.toByteArray();
  }

  private static byte[] pickle(String className, Map<String, Object> attributes)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeByte(PROTO);
    out.writeByte(2);
    out.writeByte(GLOBAL);
    out.writeBytes("__torch__\n" + className + "\n");
    out.writeByte(EMPTY_TUPLE);
    out.writeByte(NEW_OBJECT);
    out.writeByte(EMPTY_DICT);
    out.writeByte(MARK);
    for (Map.Entry<String, Object> attribute : attributes.entrySet()) {
      byte[] name = attribute.getKey().getBytes(StandardCharsets.UTF_8);
      out.writeByte(STRING);
      out.writeInt(Integer.reverseBytes(name.length));
      out.write(name);
      Object value = attribute.getValue();
      if (value instanceof Integer number) {
        out.writeByte(INT);
        out.writeInt(Integer.reverseBytes(number));
      } else if (value instanceof Double number) {
        out.writeByte(FLOAT);
        out.writeDouble(number);
      } else if (value instanceof Boolean flag) {
        out.writeByte(flag ? TRUE : FALSE);
      } else {
        throw new IllegalArgumentException("attribute " + attribute.getKey() + " = " + value);
      }
    }
    out.writeByte(SET_ITEMS);
    out.writeByte(BUILD);
    out.writeByte(STOP);
    return bytes.toByteArray();
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setCrc(crc.getValue());
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
