// Explicit time steps of the two-dimensional heat equation on a grid.
#ifndef HEAT_SOLVER_HPP
#define HEAT_SOLVER_HPP

#include <heat_grid.h>

#include <cstddef>
#include <memory>

namespace heat {

// One time step from `before` to `after`. Cells on the border keep their temperature. `factor` is
// diffusivity * time step / cell size squared; above 0.25 the method is unstable.
using Kernel = void (*)(const double *before, double *after, std::size_t rows,
                        std::size_t columns, double factor);

// The kernel that is always there.
void step(const double *before, double *after, std::size_t rows, std::size_t columns,
          double factor);

struct FreeGrid {
    void operator()(heat_grid *grid) const { heat_grid_free(grid); }
};
using GridPointer = std::unique_ptr<heat_grid, FreeGrid>;

class Solver {
  public:
    // Throws std::invalid_argument for an unstable factor, std::bad_alloc without memory.
    Solver(std::size_t rows, std::size_t columns, double factor, Kernel kernel = step);

    void run(std::size_t steps);

    heat_grid &grid() { return *current_; }
    const heat_grid &grid() const { return *current_; }

  private:
    GridPointer current_;
    GridPointer next_;
    double factor_;
    Kernel kernel_;
};

} // namespace heat

#endif
