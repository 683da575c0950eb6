/* A rectangle of temperatures. Cells are stored row by row. */
#ifndef HEAT_GRID_H
#define HEAT_GRID_H

#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t rows;
    size_t columns;
    double *cells;
} heat_grid;

/* A grid with the same temperature everywhere; NULL if there is no memory for it. */
heat_grid *heat_grid_new(size_t rows, size_t columns, double temperature);

void heat_grid_free(heat_grid *grid);

/* Set the temperature of a disc; centre and radius are in cells. */
void heat_grid_fill_disc(heat_grid *grid, double row, double column, double radius,
                         double temperature);

/* Mean temperature of all cells. */
double heat_grid_mean(const heat_grid *grid);

/* Highest temperature of all cells. */
double heat_grid_max(const heat_grid *grid);

/* Write rows and columns in one line, then one line a row. Returns 0, or -1 on an error. */
int heat_grid_write(const heat_grid *grid, FILE *file);

#ifdef __cplusplus
}
#endif

#endif
