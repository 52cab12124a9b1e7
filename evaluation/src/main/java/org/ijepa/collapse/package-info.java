/** Whether an encoder still tells images apart: measures of a fixed batch, and a word for them. */
package org.ijepa.collapse;
