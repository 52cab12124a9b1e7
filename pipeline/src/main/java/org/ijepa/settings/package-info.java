/** Configuration: HOCON read once into validated records. */
package org.ijepa.settings;
