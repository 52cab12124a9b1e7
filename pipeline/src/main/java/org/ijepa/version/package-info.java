/** Which build of the program this is. */
package org.ijepa.version;
