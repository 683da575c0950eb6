#include "heat_grid.h"

#include <stdlib.h>

heat_grid *heat_grid_new(size_t rows, size_t columns, double temperature)
{
    heat_grid *grid = malloc(sizeof *grid);
    if (grid == NULL)
        return NULL;
    grid->rows = rows;
    grid->columns = columns;
    grid->cells = malloc(rows * columns * sizeof *grid->cells);
    if (grid->cells == NULL) {
        free(grid);
        return NULL;
    }
    for (size_t i = 0; i < rows * columns; i++)
        grid->cells[i] = temperature;
    return grid;
}

void heat_grid_free(heat_grid *grid)
{
    if (grid != NULL)
        free(grid->cells);
    free(grid);
}

void heat_grid_fill_disc(heat_grid *grid, double row, double column, double radius,
                         double temperature)
{
    for (size_t i = 0; i < grid->rows; i++) {
        for (size_t j = 0; j < grid->columns; j++) {
            double down = (double)i - row, right = (double)j - column;
            if (down * down + right * right <= radius * radius)
                grid->cells[i * grid->columns + j] = temperature;
        }
    }
}

double heat_grid_mean(const heat_grid *grid)
{
    double sum = 0.0;
    for (size_t i = 0; i < grid->rows * grid->columns; i++)
        sum += grid->cells[i];
    return sum / (double)(grid->rows * grid->columns);
}

double heat_grid_max(const heat_grid *grid)
{
    double highest = grid->cells[0];
    for (size_t i = 1; i < grid->rows * grid->columns; i++)
        if (grid->cells[i] > highest)
            highest = grid->cells[i];
    return highest;
}

int heat_grid_write(const heat_grid *grid, FILE *file)
{
    if (fprintf(file, "%zu %zu\n", grid->rows, grid->columns) < 0)
        return -1;
    for (size_t i = 0; i < grid->rows; i++) {
        for (size_t j = 0; j < grid->columns; j++) {
            const char *end = j + 1 < grid->columns ? " " : "\n";
            if (fprintf(file, "%.3f%s", grid->cells[i * grid->columns + j], end) < 0)
                return -1;
        }
    }
    return 0;
}
