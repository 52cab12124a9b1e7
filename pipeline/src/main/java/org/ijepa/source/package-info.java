/** The images of a data set: their index, and the bytes of each. */
package org.ijepa.source;
