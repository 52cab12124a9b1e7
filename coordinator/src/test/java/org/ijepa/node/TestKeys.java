package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;

/** Keys and certificates, made by the JDK's own tool. */
final class TestKeys {
  private static final String PASSWORD = "only for this test";

  private TestKeys() {}

  /** Settings of a key and a certificate signed by itself, of one subject whatever the name. */
  static String[] tls(Path folder, String name) throws Exception {
    Path store = folder.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "RSA",
                "-keysize",
                "2048",
                "-dname",
                "CN=ijepa",
                "-ext",
                "bc=ca:true",
                "-alias",
                "node",
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor()).as(said).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    Path key =
        pem(
            folder,
            name + ".key",
            "PRIVATE KEY",
            keys.getKey("node", PASSWORD.toCharArray()).getEncoded());
    Path certificate =
        pem(folder, name + ".crt", "CERTIFICATE", keys.getCertificate("node").getEncoded());
    return new String[] {
      "cluster.tls.key=\"" + key + "\"",
      "cluster.tls.certificate=\"" + certificate + "\"",
      "cluster.tls.ca=\"" + certificate + "\""
    };
  }

  private static Path pem(Path folder, String file, String type, byte[] content)
      throws IOException {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return Files.writeString(
        folder.resolve(file),
        "-----BEGIN " + type + "-----\n" + lines + "\n-----END " + type + "-----\n");
  }
}
