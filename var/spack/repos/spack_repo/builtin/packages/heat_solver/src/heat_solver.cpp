#include "heat_solver.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>

namespace heat {

void step(const double *before, double *after, std::size_t rows, std::size_t columns,
          double factor)
{
    for (std::size_t i = 1; i + 1 < rows; i++) {
        for (std::size_t j = 1; j + 1 < columns; j++) {
            const std::size_t k = i * columns + j;
            after[k] = before[k] + factor * (before[k - columns] + before[k + columns] +
                                             before[k - 1] + before[k + 1] - 4.0 * before[k]);
        }
    }
}

namespace {

GridPointer make_grid(std::size_t rows, std::size_t columns)
{
    GridPointer grid(heat_grid_new(rows, columns, 0.0));
    if (!grid)
        throw std::bad_alloc();
    return grid;
}

} // namespace

Solver::Solver(std::size_t rows, std::size_t columns, double factor, Kernel kernel)
    : factor_(factor), kernel_(kernel)
{
    if (!(factor > 0.0 && factor <= 0.25))
        throw std::invalid_argument("the factor must be between 0 and 0.25");
    current_ = make_grid(rows, columns);
    next_ = make_grid(rows, columns);
}

void Solver::run(std::size_t steps)
{
    const std::size_t cells = current_->rows * current_->columns;
    std::copy_n(current_->cells, cells, next_->cells);
    for (std::size_t n = 0; n < steps; n++) {
        kernel_(current_->cells, next_->cells, current_->rows, current_->columns, factor_);
        std::swap(current_, next_);
    }
}

} // namespace heat
