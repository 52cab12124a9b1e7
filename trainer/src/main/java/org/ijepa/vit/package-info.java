/**
 * The vision transformers of I-JEPA: geometry, named parameters in flat storage, start values,
 * position tables.
 */
package org.ijepa.vit;
