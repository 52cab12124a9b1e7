package org.ijepa.feature;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;

/**
 * The label in a sample's {@code .json}: a field that holds a text, a number or a truth value.
 *
 * @param label as text; empty if there is none
 * @param why there is none
 */
record JsonLabel(String label, String why) {
  /** Fields that are looked for where nobody says which, in this order. */
  static final List<String> USUAL = List.of("label", "cls", "class");

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** The first of these fields that the object has. */
  static JsonLabel of(String text, List<String> fields) {
    JsonNode node;
    try {
      node = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return none("its .json cannot be read");
    }
    if (!node.isObject()) {
      return none("its .json is no object");
    }
    for (String field : fields) {
      JsonNode value = node.path(field);
      if (value.isMissingNode()) {
        continue;
      }
      String label = value.isValueNode() && !value.isNull() ? value.asText().strip() : "";
      return label.isEmpty()
          ? none("its " + field + " in .json is neither text nor number")
          : new JsonLabel(label, "");
    }
    return none("its .json has no field " + String.join(", ", fields));
  }

  private static JsonLabel none(String why) {
    return new JsonLabel("", why);
  }
}
