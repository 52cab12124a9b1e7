package org.ijepa.interchange;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ijepa.checkpoint.TensorFiles;
import org.ijepa.safetensors.SafetensorsFile;

/** A checkpoint's tensor files, opened where they lie on this machine. */
public final class ModelFiles implements AutoCloseable {
  private final Map<String, SafetensorsFile> files = new LinkedHashMap<>();

  private ModelFiles() {}

  /**
   * Opens some of them.
   *
   * @param names of {@link TensorFiles#NAMES}
   */
  public static ModelFiles open(Path folder, List<String> names) throws IOException {
    ModelFiles opened = new ModelFiles();
    try {
      for (String name : names) {
        opened.files.put(name, SafetensorsFile.open(folder.resolve(name)));
      }
      return opened;
    } catch (IOException e) {
      opened.close();
      throw e;
    }
  }

  SafetensorsFile file(String name) {
    SafetensorsFile file = files.get(name);
    if (file == null) {
      throw new IllegalArgumentException(name + " was not opened");
    }
    return file;
  }

  SafetensorsFile encoder(boolean target) {
    return file(target ? TensorFiles.TARGET_ENCODER : TensorFiles.ENCODER);
  }

  @Override
  public void close() throws IOException {
    List<SafetensorsFile> open = new ArrayList<>(files.values());
    files.clear();
    for (SafetensorsFile file : open) {
      file.close();
    }
  }
}
